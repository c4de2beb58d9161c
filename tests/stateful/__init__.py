"""People, faults, crashes and time in any order; the promises must hold at rest."""
