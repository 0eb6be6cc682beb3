"""One seed, one world: the app, its development store, its faults and its crashes in one thread."""
