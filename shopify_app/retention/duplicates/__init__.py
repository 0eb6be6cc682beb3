"""Customers who are probably one person, and what the share of repeat buyers would be if they were."""
