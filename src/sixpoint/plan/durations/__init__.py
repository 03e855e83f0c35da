"""How long steps of a response take: fitted from a log, held against it, written down, drawn from."""
