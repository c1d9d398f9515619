"""Optimization of inputs: one loop; objectives, steps, constraints and criteria for it."""
