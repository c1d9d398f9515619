"""Plumbing that cannot change a result: errors, files, params, stages, provenance."""
