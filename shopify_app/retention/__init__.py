"""Retention: what counts, the aggregates, the metric registry and its pages."""
