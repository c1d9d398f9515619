"""Train small CNNs, look inside them, and fool them, reproducibly."""
