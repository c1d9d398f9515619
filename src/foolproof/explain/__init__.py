"""Explanations: filters, activations, occlusion, feature visualization."""
