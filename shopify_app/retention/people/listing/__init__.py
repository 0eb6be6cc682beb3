"""The list of customers: what is asked for, what it is made of, how it is read and told."""
