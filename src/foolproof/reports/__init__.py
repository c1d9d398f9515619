"""Typst templates of the answers, what compiles them, and smaller copies of pictures."""
