"""Segments: customers by what they have bought, when, and how much; ready-made groups and rules of the merchant's."""
