"""One module per promise. Each offers a pure `decide(...)` that says what should be true now."""
