"""The answers to the sheets: pure functions from metrics to sentences, tables and figures."""
