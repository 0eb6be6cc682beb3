"""What to expect of each customer: two models of how people buy, fitted to a shop's own purchases. Pure.

Arrays go in, parameters and arrays come out; docs/metrics.md has the formulas. NumPy and SciPy are imported here
alone, and this package by nobody before it is needed: the pages start without them.
"""
