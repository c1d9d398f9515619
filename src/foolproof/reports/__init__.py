"""Typst templates that read the metrics, and the function that compiles them."""
