"""Attacks: each an objective, a constraint and a stopping criterion for `foolproof.optimize`."""
