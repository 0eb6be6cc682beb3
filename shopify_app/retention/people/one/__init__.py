"""One customer, as every page about them begins: who they are now, and what stands above the page."""
