"""Sixpoint runs a tiered emergency medical service from one rulebook: who may do what."""

__version__ = "0.1.0"
