"""Scripted people: contacts who answer, or do not, and teammates who pitch and follow up."""
