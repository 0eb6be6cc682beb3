"""The promises as functions: what must hold of a shop's rows between any two transactions."""
