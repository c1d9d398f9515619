"""Networks of any origin as classifiers of pixels, and the checks of what they are given."""
