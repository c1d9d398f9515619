"""Features of photos: activations of the last hidden layer of a pretrained network."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor
from torch.nn.functional import normalize

from foolproof.compute.chunks import side_by_side
from foolproof.compute.progress import progress_of
from foolproof.photos.decode import decode
from foolproof.pretrained.load import Pretrained, hidden_features, network_pixels

# Photos for each forward pass on a CPU, whose cache holds the activations of so few: mobilenet_v2
# takes 12 ms for each photo in batches of 4, 17 ms in batches of 8 and 26 ms in batches of 32.
BATCH = 4


def extract_features(
    pretrained: Pretrained, files: Sequence[tuple[str, bytes]], workers: int
) -> Tensor:
    """Compute the features of photos, in the order of the files.

    Each worker decodes and computes one batch at a time, so that decoding overlaps computing and
    at most one batch for each worker is in memory as pixels. One thread computes a batch (see
    `prepare_device`) and the batches do not depend on `workers`; so neither do the features.

    Args:
        pretrained: the network.
        files: names and contents, in any format that Pillow decodes; N of them, at least one.
        workers: number of threads.

    Returns:
        Features (N, D), float32 on the CPU.

    Raises:
        FoolproofError: naming a file that cannot be decoded, or when the features of the network's
            family are unknown.
    """
    network = hidden_features(pretrained)
    device = next(network.parameters()).device

    def features_of(batch: Sequence[tuple[str, bytes]]) -> Tensor:
        pictures = [decode(content, name) for name, content in batch]
        pixels = network_pixels(pretrained, pictures).to(memory_format=torch.channels_last)
        # `no_grad` holds for the current thread only.
        with torch.no_grad():
            features: Tensor = network(pixels)
        return features.cpu()

    together = side_by_side(device, numbers=3 * pretrained.crop**2, on_cpu=BATCH)
    batches = [files[start : start + together] for start in range(0, len(files), together)]
    with ThreadPoolExecutor(workers) as pool:
        found = []
        with progress_of("features of photos", len(batches)) as shown:
            for features in pool.map(features_of, batches):
                found.append(features)
                shown.advance(1)
        return torch.cat(found)


def classifying_layer(pretrained: Pretrained) -> str:
    """Name the layer whose input the features are, as in the network's architecture.

    Raises:
        FoolproofError: when the features of the network's family are unknown.
    """
    features = hidden_features(pretrained)
    name: str = next(
        name
        for name, module in pretrained.network.named_modules()
        if type(module) is not type(features.get_submodule(name))
    )
    return name.removeprefix("body.")


def unit_length(features: Tensor) -> Tensor:
    """Divide features (N, D) by their L2 norm; a vector of zeros is unchanged."""
    return normalize(features)
