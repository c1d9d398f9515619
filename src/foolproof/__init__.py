"""Train small CNNs, look inside them, and fool them, reproducibly."""

__version__ = "0.2.0"
