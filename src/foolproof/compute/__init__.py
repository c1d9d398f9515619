"""What decides the bits of a result: device, threads, precision, seeds, chunks, intervals."""
