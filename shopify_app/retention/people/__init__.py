"""What each customer has bought and kept, as one row: what lists, segments and forecasts are made of."""
