"""The ledger of points: what caused them, where an account stands by that, and entries that are never changed."""
