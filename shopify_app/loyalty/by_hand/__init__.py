"""Points that somebody of the shop gives, or takes away, with a reason."""
