"""Reports > Match Shopify's numbers: our figures as Shopify counts beside Shopify's own, and what lies between."""
