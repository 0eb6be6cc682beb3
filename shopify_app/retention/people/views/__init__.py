"""Lists of customers that a shop has given a name to."""
