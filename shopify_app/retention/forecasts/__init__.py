"""What is expected of each customer, as the night has worked it out: kept, told, and held against what came."""
