"""Which lines orders have, and as which products they were bought."""
