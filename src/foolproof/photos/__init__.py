"""Photographs: decoding, packing, preprocessing, and names that may not be there."""
