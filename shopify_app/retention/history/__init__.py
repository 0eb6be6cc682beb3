"""What a shop's customers bought as columns of numbers, and what is summed over them and kept."""
