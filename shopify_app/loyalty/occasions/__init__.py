"""Bonuses that no order gives."""
