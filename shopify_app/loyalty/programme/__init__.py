"""The programme: what a merchant decided about earning, in versions that are never changed."""
