"""What a programme would have cost on the shop's own orders."""
