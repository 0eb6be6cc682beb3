"""Messages: the pages about what people were written, and why not."""
