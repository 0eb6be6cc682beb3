"""Carts that got as far as the checkout: what was in them, whose they are, and whether they were left."""
