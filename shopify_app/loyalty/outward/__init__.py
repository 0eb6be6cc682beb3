"""Points in Shopify: what each customer has, as metafields that the admin and the online store can show."""
