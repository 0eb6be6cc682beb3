"""Orders that are to be paid later and never are: how long they count all the same."""
