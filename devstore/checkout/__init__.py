"""The storefront's checkout: a cart, the codes that are honoured for it, and the order that comes of it."""
