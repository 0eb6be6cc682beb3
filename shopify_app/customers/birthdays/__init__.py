"""Birthdays of customers: which days they are kept on, and whose they are, without a birth date that could be read."""
