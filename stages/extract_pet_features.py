"""Compute the features of the pets' photographs in a pretrained network's last hidden layer."""

import logging
import time
from pathlib import Path

from foolproof.compute.device import prepare_device
from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.networks.weights import unchanged_weights
from foolproof.params.data import Compute
from foolproof.params.pretrained import Pretrained
from foolproof.photos.photo import unpack
from foolproof.pretrained.families import last_activation
from foolproof.pretrained.load import is_rectified, load_pretrained
from foolproof.probes.features import classifying_layer, extract_features, unit_length

log = logging.getLogger(__name__)


def main() -> None:
    """Write the features, of unit length, with the labels and the split; time it."""
    name = load_section("pretrained", Pretrained).network
    workers = load_section("compute", Compute).threads
    # Each worker is one thread, with a batch of its own.
    device = prepare_device(1)
    pretrained = load_pretrained(Path("data", f"{name}.npz"), device)
    arrays = read_arrays(Path("data/pets.npz"))
    files = unpack(arrays)
    log.info("%d photographs, %s, %d workers", len(files), name, workers)
    with unchanged_weights(pretrained.network) as digest:
        start = time.perf_counter()
        features = extract_features(pretrained, files, workers)
        seconds = time.perf_counter() - start
    log.info("%.1f s, %.1f images/s", seconds, len(files) / seconds)
    write_arrays(
        Path("data/pets_features.npz"),
        features=unit_length(features).numpy(),
        **{key: arrays[key] for key in ("labels", "train", "classes")},
    )
    write_json(
        Path("metrics/pets/features.json"),
        {
            "network": name,
            "architecture": pretrained.architecture,
            "layer": f"input of {classifying_layer(pretrained)}",
            "activation": last_activation(pretrained.architecture),
            "rectified": is_rectified(pretrained),
            "dimension": features.shape[1],
            "images": len(files),
            "share_of_zeros": (features == 0).double().mean().item(),
            "least": features.min().item(),
            "greatest": features.max().item(),
            "without_features": int((features == 0).all(1).sum()),
            "weights_sha256": digest,
        },
    )
    write_json(
        Path("metrics/timing/pet_features.json"),
        {"images": len(files), "seconds": seconds, "images_per_second": len(files) / seconds},
    )


if __name__ == "__main__":
    run_stage(main)
