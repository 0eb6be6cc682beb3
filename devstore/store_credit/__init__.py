"""Store credit: accounts of customers, one for each currency, and what came in, went out and lapsed."""
