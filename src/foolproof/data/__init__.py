"""Data sets, photos and augmentation, as tensors."""
