"""The number of an order among those of its customer."""
