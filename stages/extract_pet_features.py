"""Compute the features of the pets' photos in a pretrained network's last hidden layer."""

import logging
import time
from pathlib import Path

from foolproof.compute.device import prepare_device
from foolproof.core.files import write_json
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.params.data import Compute
from foolproof.params.pretrained import Pretrained
from foolproof.photos.photo import unpack
from foolproof.pretrained.families import last_activation
from foolproof.pretrained.load import is_rectified
from foolproof.pretrained.stage import photo_stage
from foolproof.probes.features import classifying_layer, extract_features, unit_length

log = logging.getLogger(__name__)


def main() -> str:
    """Write the features, of unit length, with the labels and the split; time it."""
    workers = load_section("compute", Compute).threads
    with photo_stage(Pretrained) as s:
        # Each worker is one thread, with a batch of its own.
        prepare_device(threads=1)
        arrays = read_arrays(Path("data/pets.npz"))
        files = unpack(arrays)
        log.info("%d photos, %s, %d workers", len(files), s.name, workers)
        start = time.perf_counter()
        features = extract_features(s.pretrained, files, workers)
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
            "network": s.name,
            "architecture": s.pretrained.architecture,
            "layer": f"input of {classifying_layer(s.pretrained)}",
            "activation": last_activation(s.pretrained.architecture),
            "rectified": is_rectified(s.pretrained),
            "dimension": features.shape[1],
            "images": len(files),
            "sparsity": (features == 0).double().mean().item(),
            "min": features.min().item(),
            "max": features.max().item(),
            "zero_vectors": int((features == 0).all(1).sum()),
            "weights_sha256": s.weights_sha256,
        },
    )
    write_json(
        Path("metrics/timing/pet_features.json"),
        {"images": len(files), "seconds": seconds, "images_per_second": len(files) / seconds},
    )
    return f"{features.shape[1]:,} features of {len(files):,} photos"


if __name__ == "__main__":
    run_stage(main)
