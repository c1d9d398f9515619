"""Probes: classifiers trained on the frozen features of a pretrained network."""
