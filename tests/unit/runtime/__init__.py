"""The daemon's clock, its hold on the state, its loop, its log."""
