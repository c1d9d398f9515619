"""The answers to HUJI 67103, Assignment 2 (Introduction to Neural Networks)."""
