"""Segments in Shopify: a mark on each customer, a segment of Shopify's on it, tags where they are asked for."""
