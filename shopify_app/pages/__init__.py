"""Pages that draw on several slices."""
