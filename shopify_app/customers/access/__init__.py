"""The log of who has looked at people's data, when, at what, and why; never at whom."""
