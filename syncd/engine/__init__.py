"""The shell around the core: ingest, decide, guard, record, deliver, recover."""
