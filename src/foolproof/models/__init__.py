"""The networks of the assignments, and what can be counted and computed on any network."""
