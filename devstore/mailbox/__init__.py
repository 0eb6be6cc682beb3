"""A mail server that keeps what it is sent and shows it; it can be told to fail in every way that one does."""
