"""Looking inside a network: filters, activations, occlusion."""
