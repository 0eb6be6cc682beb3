"""Everything of a shop as one file, so that no merchant's data is held hostage."""
