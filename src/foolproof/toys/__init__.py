"""Toy networks: one neuron, an XOR perceptron, an adder, convolution chains, shallow as deep."""
