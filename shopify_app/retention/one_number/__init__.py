"""One number: how it is worked out, the orders behind it, and how it looked on an earlier day."""
