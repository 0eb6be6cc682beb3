"""Generations of the aggregates: one is shown while another is built from the facts, and then takes its place."""
