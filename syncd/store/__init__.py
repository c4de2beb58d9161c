"""What we remember: facts, cursors, effects, runs. The only place that speaks SQL."""
