"""What holds for every test."""

from hypothesis import settings

# A busy machine fails no test, and what passes once passes always.
settings.register_profile("foolproof", deadline=None, derandomize=True)
settings.register_profile("thorough", settings.get_profile("foolproof"), max_examples=10)
settings.load_profile("foolproof")
