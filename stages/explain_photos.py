"""Explain the photos of `occlude_photos` by five methods, and score the maps on all photos."""

from pathlib import Path

import torch
from torch import Tensor

from foolproof.core.files import write_csv, write_json
from foolproof.core.provenance import source_line
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays
from foolproof.explain.stage import explain_images
from foolproof.figures.explain import TITLES, draw_curves, draw_maps
from foolproof.figures.style import save_figures
from foolproof.networks.inference import to_pixels
from foolproof.params.explain import ExplainPhotos
from foolproof.photos.photo import load_photos
from foolproof.pretrained.load import load_pretrained, network_pixels, predict
from foolproof.trained.stage import network_stage
from foolproof.trained.watched_classifier import watched_classifier


def main(file: str) -> str:
    """Explain the top-1 class of photos, by the network of a file."""
    path = Path(file)
    with network_stage(ExplainPhotos, "explain.photos") as s:
        pretrained = load_pretrained(path, s.device)
        network = s.watch(pretrained.network)
        model = watched_classifier(s, network, (3, pretrained.crop, pretrained.crop))
        names, shown = occluded_photos(s.device)
        pictures = [photo.picture for photo in load_photos(Path("data/photos.npz"))]
        scored = network_pixels(pretrained, pictures)
        top = predict(pretrained, shown).argmax(1)
        found = explain_images(
            model, (shown, top), (scored, predict(pretrained, scored).argmax(1)), s.settings
        )
    record = {
        "architecture": pretrained.architecture,
        "shown": names,
        "weights_sha256": s.weights_sha256,
    }
    described = found.describe()
    write_json(Path("metrics/explain/photos.json"), described | record)
    write_csv(Path("plots/explain_photos_scores.csv"), found.comparison.rows(TITLES))
    figures = {
        "maps": draw_maps(
            shown.permute(0, 2, 3, 1).cpu().numpy(),
            found.maps,
            titles=[pretrained.classes[index] for index in top.tolist()],
            title=f"{pretrained.architecture}: explanation maps of the predicted class",
        ),
        "curves": draw_curves(
            found.comparison.curves,
            found.controls,
            images=len(scored),
            title=pretrained.architecture,
        ),
    }
    save_figures(figures, Path("plots/explain/photos"), source=source_line("photos", path.stem))
    best = {kind: each["method"] for kind, each in described["best"].items()}
    return f"best by deletion: {best['deletion']}; by insertion: {best['insertion']}"


def occluded_photos(device: torch.device) -> tuple[list[str], Tensor]:
    """Load the names of the photos of `occlude_photos`, and their pixels (N, 3, S, S)."""
    arrays = read_arrays(Path("data/occlusion/photos.npz"))
    return arrays["names"].tolist(), to_pixels(torch.from_numpy(arrays["images"]).to(device))


if __name__ == "__main__":
    run_stage(main, file=None)
