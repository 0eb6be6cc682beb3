"""Wafa: keeps a shop's customers by telling the merchant the truth about who comes back."""
