"""The lines of a file of balances: as they arrive, whom they mean, and how they are let go of."""
