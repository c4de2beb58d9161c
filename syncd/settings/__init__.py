"""The file ops write, read into frozen models; every mistake in it said at once, with its place."""
