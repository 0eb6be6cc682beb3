"""Numbers as they looked at an earlier moment, and reports that were stored then."""
