"""A simulated run sent to the live engine as commands: what was planned is rehearsed by the rules that run live."""
