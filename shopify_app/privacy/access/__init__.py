"""Who opened a person's data, when and why: the one way to open it, and the log of it."""
