"""Reports > Coming back > the people of a cohort, or those behind one of its cells."""
