"""Connectors: each satisfies ports of `syncd.ports` for one outside service."""
