"""What customers had bought before the first order that Shopify shows us."""
