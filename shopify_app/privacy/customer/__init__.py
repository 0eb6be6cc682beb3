"""Customers > one of them > Data: what is kept of them."""
