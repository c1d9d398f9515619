"""Where data and weights come from: a mirror, the official hosts, or packages at hand."""
