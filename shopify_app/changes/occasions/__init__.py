"""Whom bonuses that no order gives are for."""
