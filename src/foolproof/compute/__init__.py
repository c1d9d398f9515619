"""Device, threads, precision, seeds and chunks, which determine the bits; statistics."""
