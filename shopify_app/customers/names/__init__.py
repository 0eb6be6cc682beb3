"""What customers are called, as Shopify tells it at the moment a page is shown: nothing of it is kept."""
