"""Balances brought from another app in a file: read, looked through, given, and taken back."""
