"""For people who roster: when a post or the whole region has nobody who may perform a skill, and what mends it."""
