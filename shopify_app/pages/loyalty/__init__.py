"""The pages of the loyalty programme."""
