"""The base class of errors that a user can correct."""


class FoolproofError(Exception):
    """An expected failure: its message is one sentence for the user, shown without a traceback."""
