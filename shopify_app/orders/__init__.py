"""Orders: facts, their versions, and one normaliser per wire shape."""
