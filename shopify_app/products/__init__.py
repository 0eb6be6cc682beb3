"""Which products stand together in which collection."""
