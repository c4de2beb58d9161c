"""Whatever comes from outside, byte by byte: each target takes any bytes and must not stumble."""
