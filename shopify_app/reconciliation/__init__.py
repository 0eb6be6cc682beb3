"""The nightly comparison of what we hold with what Shopify holds: its reports, and the page that shows them."""
