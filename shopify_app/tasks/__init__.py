"""Long work as rows: one table, resumable steps, progress."""
