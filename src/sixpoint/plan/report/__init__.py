"""The report of a simulation or a comparison: one HTML file that needs nothing else."""
