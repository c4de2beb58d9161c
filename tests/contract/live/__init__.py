"""Real accounts for the contract suites: what may be used there, and people who act in them."""
