"""What earns points."""
