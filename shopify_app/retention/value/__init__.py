"""Reports > Value: what customers are worth, who brings the sales, and what to expect of them."""
