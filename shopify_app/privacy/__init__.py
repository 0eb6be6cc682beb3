"""Privacy: data requests and redaction, asking each slice for its part."""
