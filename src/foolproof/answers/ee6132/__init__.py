"""The answers to EE6132, Programming Assignment 2."""
