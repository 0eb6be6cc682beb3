"""Effects outside as rows: written down before the call, and read back where its outcome was lost."""
