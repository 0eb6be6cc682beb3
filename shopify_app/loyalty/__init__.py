"""Points: what earns them, what they are spent on, and the ledger that proves each of them."""
