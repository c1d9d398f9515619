"""Deep features of photographs, and the classifiers that are trained on them."""
