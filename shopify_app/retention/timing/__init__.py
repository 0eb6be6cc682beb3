"""How fast customers come back: the repeat curve, the usual gap between two purchases, one period against another."""
