"""The tiered service simulated: units of several levels, who may do what, and when each need of a patient is met."""
