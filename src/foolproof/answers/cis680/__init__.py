"""The answers to CIS680, Assignment 1."""
