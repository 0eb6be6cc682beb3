"""Settings > Data and privacy > Everything as one file."""
