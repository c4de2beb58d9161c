"""The daemon: its clock, its hold on the state, its loop, its log."""
