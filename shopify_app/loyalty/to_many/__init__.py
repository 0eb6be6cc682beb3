"""Points that many customers get at once, and that are taken back as far as nobody has spent them."""
