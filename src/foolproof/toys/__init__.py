"""Networks small enough to be seen whole: a neuron, a perceptron for XOR, an adder."""
