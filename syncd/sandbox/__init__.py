"""The three services on this machine: served over loopback, seeded, made to fail, looked at."""
