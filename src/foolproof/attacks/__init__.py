"""Attacks: each an objective, a constraint and a stopping rule, given to `foolproof.ascent`."""
