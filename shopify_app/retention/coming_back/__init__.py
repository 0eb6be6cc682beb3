"""Reports > Coming back: who of the people that first bought in a period came back, and when."""
