"""The commands ops use: one module for each family, thin."""
