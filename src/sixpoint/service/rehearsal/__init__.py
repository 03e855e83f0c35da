"""Rehearsal: a day of calls and crews, drawn by seed and sent through the live engine."""
