"""The answers to CS5787, Homework 2."""
