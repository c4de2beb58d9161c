"""A connector as another package would bring it. CONTRIBUTING.md quotes it."""
