"""syncd keeps Gmail, HubSpot and Teamwork telling the same story."""

__version__ = "0.1.0"
