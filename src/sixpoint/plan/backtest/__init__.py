"""Fits on one stretch of a real log, simulates the next with its real fleet, and holds one against the other."""
