"""Fits demand and service times to a log of calls, and writes them down for scenarios, with how well they hold."""
