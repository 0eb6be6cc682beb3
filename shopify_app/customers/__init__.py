"""Customers: facts, and who was merged into whom."""
