"""Teamwork.com Projects as a task board."""
