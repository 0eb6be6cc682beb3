"""Rules that say who is in a segment: data that is read strictly, told in a sentence, and asked of the tables."""
