"""Networks small enough to be looked at whole: one neuron, and a perceptron for XOR."""
