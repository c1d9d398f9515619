"""The one loop that optimizes an input: steps, constraints, criteria, objectives, transforms."""
