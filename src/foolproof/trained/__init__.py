"""Trained networks that are looked into and attacked: the context of a stage, and folding."""
