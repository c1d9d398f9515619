"""The networks of the assignments, their weights, structure and folding."""
