"""Customers who have something in common, by rules that the merchant makes."""
