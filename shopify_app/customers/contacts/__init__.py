"""How a customer can be reached, kept as keyed hashes alone: enough to see that two customers share something."""
