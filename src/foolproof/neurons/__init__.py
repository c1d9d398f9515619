"""Inputs that excite single neurons."""
