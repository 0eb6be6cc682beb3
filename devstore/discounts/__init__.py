"""Discount codes: what they give and to whom, what of them is refused, and how often they were used."""
