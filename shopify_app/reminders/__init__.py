"""Reminders: what was left, whom of those who left it a message may reach, and why not the others."""
