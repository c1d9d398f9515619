"""Chunk sizes of explanations, by device."""

from torch import Tensor

from foolproof.compute.chunks import chunk_size

# Max images a forward pass on a CPU: few enough that a small CNN's activations stay in its cache.
CHUNK = 200

# Max numbers in these images: 16 images of 3 x 224 x 224. With 8, as attacks take that drop
# examples, integrated gradients of MobileNetV2 take a tenth longer, with 50 hardly less.
CHUNK_NUMBERS = 16 * 3 * 224 * 224


def images_together(images: Tensor) -> int:
    """Choose how many images like these (N, ...) one forward pass takes."""
    return chunk_size(images, on_cpu=CHUNK, numbers_on_cpu=CHUNK_NUMBERS)
