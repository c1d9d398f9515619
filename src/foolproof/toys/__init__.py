"""Networks small enough to be looked at whole: one neuron, a perceptron for XOR, a recurrent adder."""
