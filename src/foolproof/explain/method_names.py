"""Names of the methods of feature visualization in figures and reports, by their keys."""

UNIT_METHODS = {
    "pixels": "no regularizer",
    "l2": "L2",
    "total_variation": "total variation",
    "all": "all regularizers",
    "fourier_views": "Fourier, views",
}
ABLATION = {
    "pixels": "pixels",
    "fourier": "Fourier",
    "pixels_views": "pixels, views",
    "fourier_views": "Fourier, views",
}
CLASS_METHODS = {**ABLATION, "prior": "pixels, 1/frequency prior"}

TOP = 5
"""A class-maximizing image transfers if its class is among so many of the transfer network."""
