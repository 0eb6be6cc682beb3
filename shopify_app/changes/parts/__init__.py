"""What each line of an order is worth for points."""
