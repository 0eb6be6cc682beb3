"""Who bought last, how often and for how much, in fifths, and what a merchant calls each kind of customer."""
