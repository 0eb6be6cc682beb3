"""A development store: a pretend Shopify that an embedded app can be built and tested against."""
