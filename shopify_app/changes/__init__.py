"""What a fact means: the only place that lists consequences."""
