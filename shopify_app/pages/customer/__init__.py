"""One customer: who they are, their orders and their rhythm, whoever of the slices knows it."""
