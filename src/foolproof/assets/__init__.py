"""Data sets and weights from a mirror, the official hosts, or installed packages."""
