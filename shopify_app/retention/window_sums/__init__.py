"""Sums of windows that pages have asked for, kept so that a page costs the same however many orders a shop has."""
