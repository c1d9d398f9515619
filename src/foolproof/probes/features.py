"""Features of photographs in the last hidden layer of a trained network."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor
from torch.nn.functional import normalize
from tqdm import tqdm

from foolproof.compute.chunks import side_by_side
from foolproof.photos.decode import decode
from foolproof.pretrained.load import Pretrained, hidden_features, network_pixels

# Photographs a forward pass on a CPU. The activations of so few stay in its cache: mobilenet_v2
# takes 12 ms a photograph in batches of 4, 17 in batches of 8 and 26 in batches of 32.
BATCH = 4


def extract_features(
    pretrained: Pretrained, files: Sequence[tuple[str, bytes]], workers: int
) -> Tensor:
    """Compute the last hidden layer's features of photographs, in the order of the files.

    Each worker takes a batch from the files to its features, so that some decode while others
    compute, and no more than a batch a worker is in memory as pixels. A batch is computed by one
    thread (see `prepare_device`) and the batches are the same for every number of workers, on
    which the features therefore do not depend.

    Args:
        pretrained: the network.
        files: names and contents, in any format that Pillow knows; N of them, at least one.
        workers: threads, each with a batch of its own.

    Returns:
        Features (N, D), float32 on the CPU.

    Raises:
        FoolproofError: naming a file that cannot be decoded, or when the features of the network's
            family are not known.
    """
    network = hidden_features(pretrained)
    device = next(network.parameters()).device

    def features_of(batch: Sequence[tuple[str, bytes]]) -> Tensor:
        pictures = [decode(content, name) for name, content in batch]
        pixels = network_pixels(pretrained, pictures).to(memory_format=torch.channels_last)
        # Gradients are switched off for each thread by itself.
        with torch.no_grad():
            features: Tensor = network(pixels)
        return features.cpu()

    together = side_by_side(device, numbers=3 * pretrained.crop**2, on_cpu=BATCH)
    batches = [files[start : start + together] for start in range(0, len(files), together)]
    with ThreadPoolExecutor(workers) as pool:
        found = pool.map(features_of, batches)
        return torch.cat(list(tqdm(found, "batches", total=len(batches), disable=None)))


def classifying_layer(pretrained: Pretrained) -> str:
    """Name the layer that the features feed, as the network's architecture names it.

    Raises:
        FoolproofError: when the features of the network's family are not known.
    """
    features = hidden_features(pretrained)
    name: str = next(
        name
        for name, module in pretrained.network.named_modules()
        if type(module) is not type(features.get_submodule(name))
    )
    return name.removeprefix("body.")


def unit_length(features: Tensor) -> Tensor:
    """Divide features (N, D) by their L2 norm; a row of zeros stays one."""
    return normalize(features)
