"""Make regions of data that others published: what they lack is imputed by a stated rule and marked."""
