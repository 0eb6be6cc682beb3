"""Customers > one of them > Points."""
