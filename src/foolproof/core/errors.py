"""The base of every error that a user can put right."""


class FoolproofError(Exception):
    """An expected failure: its message is one sentence for the user, and needs no traceback."""
