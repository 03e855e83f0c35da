"""For people who learn: what separates the levels, and how to get from one to the next."""
