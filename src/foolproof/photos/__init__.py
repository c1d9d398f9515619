"""Photos: decoding, packed files, a user's own folder, preprocessing, and unknown names."""
