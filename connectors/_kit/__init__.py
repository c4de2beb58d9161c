"""What connectors share: the HTTP session, verdicts of HTTP answers, pacing, redaction."""
