"""What of people can be looked at, and why. Pure."""

CUSTOMERS, CUSTOMER, CUSTOMER_ORDERS, KEPT = "customers", "customer", "customer_orders", "customer_data"
"""Lists of customers, pages about one, one's orders as a file, all that is kept of one."""
POINTS = "points"
"""Entries of the points ledger, with whose they are."""
CARTS = "carts"
"""Carts that were left, with whose they are."""
NAMES, ORDERS, DUPLICATES = "names", "orders", "duplicates"
"""Names from Shopify, orders with their customers' numbers, customers who may be one person."""

SHOWN, READ, FILED, WRITTEN = "shown", "read", "file", "shopify"
"""To show it on a page, to hand it to a program, as a file, to mark people in Shopify."""
