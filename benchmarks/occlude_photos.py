"""Time of the occlusion map of a photo: ours against Captum's Occlusion at its best setting.

Run as `python benchmarks/occlude_photos.py [--repeats N]`, once data/photos.npz and the network's
file exist. Both occlude the same 1,024 positions of the peppers by the same black block. Captum
gets the network in both memory layouts, with several numbers of perturbations a forward pass. All
alternate in one process; medians of wall time and CPU time are compared.
"""

import argparse
import copy
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import torch
from captum.attr import Occlusion
from torch import Tensor, nn
from torch.nn.functional import conv_transpose2d, pad

from foolproof.explain.occlude import occlusion_maps
from foolproof.params.occlude_photos import OccludePhotos
from foolproof.photos.photo import index_of_peppers
from foolproof.pretrained.load import network_pixels, predict
from foolproof.pretrained.stage import photo_stage
from foolproof.trained.folding import fold_batch_norm

SIZE, STRIDE = 31, 7
PERTURBATIONS_PER_EVAL = (4, 8, 16)


def captum_attributions(network: nn.Module, photo: Tensor, target: int, each: int) -> Tensor:
    """Compute Captum's mean drop over covering windows, with a margin for those over the border."""
    side, half = photo.shape[-1], SIZE // 2
    after = STRIDE * ((side - 1) // STRIDE) + half + 1 - side

    def crop_and_classify(padded: Tensor) -> Tensor:
        cropped = padded[:, :, half : half + side, half : half + side]
        probabilities: Tensor = network(cropped).softmax(1)
        return probabilities

    attributions: Tensor = Occlusion(crop_and_classify).attribute(
        pad(photo[None], (half, after, half, after)),
        (3, SIZE, SIZE),
        strides=(3, STRIDE, STRIDE),
        baselines=0,
        target=target,
        perturbations_per_eval=each,
    )
    return attributions[:, :1]


def averaged_drops(probabilities: Tensor, unoccluded: float) -> Tensor:
    """Average the drop by position over the windows that cover each pixel, as Captum does."""
    window = torch.ones(1, 1, SIZE, SIZE)
    drops = (unoccluded - probabilities)[None, None]
    covering = conv_transpose2d(torch.ones_like(drops), window, stride=STRIDE)
    return conv_transpose2d(drops, window, stride=STRIDE) / covering


def main() -> None:
    """Print times, ratios and differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    with photo_stage(OccludePhotos) as s:
        pretrained, picture = s.pretrained, s.photos[index_of_peppers(s.photos)].picture
    photo = network_pixels(pretrained, [picture])[0]
    probabilities = predict(pretrained, photo[None]).softmax(1)[0]
    target = int(probabilities.argmax())
    contestants: dict[str, Callable[[], Tensor]] = {
        "ours": lambda: occlusion_maps(
            fold_batch_norm(pretrained.network),
            photo[None],
            torch.tensor([target]),
            size=SIZE,
            stride=STRIDE,
            fill=0,
        )[0]
    }
    contiguous = copy.deepcopy(pretrained.network)
    contiguous.to(memory_format=torch.contiguous_format)
    for layout, network in (("channels last", pretrained.network), ("contiguous", contiguous)):
        for each in PERTURBATIONS_PER_EVAL:
            contestants[f"captum, {layout}, {each} per eval"] = partial(
                captum_attributions, network, photo, target, each
            )
    walls: dict[str, list[float]] = {contestant: [] for contestant in contestants}
    cpus: dict[str, list[float]] = {contestant: [] for contestant in contestants}
    results = {}
    for _ in range(repeats):
        for contestant, run in contestants.items():
            wall, cpu = time.perf_counter(), time.process_time()
            results[contestant] = run()
            walls[contestant].append(time.perf_counter() - wall)
            cpus[contestant].append(time.process_time() - cpu)
    print(f"{results['ours'].numel()} positions, block {SIZE}, median of {repeats} runs")
    for contestant in contestants:
        wall, cpu = median(walls[contestant]), median(cpus[contestant])
        print(
            f"  {contestant:36} {wall:6.2f} s ({wall / median(walls['ours']):.2f} x ours)"
            f" {cpu:6.2f} CPU-s ({cpu / median(cpus['ours']):.2f} x ours)"
        )
    ours = averaged_drops(results["ours"], probabilities[target].item())
    difference = max(
        (result - ours).abs().max().item()
        for contestant, result in results.items()
        if contestant != "ours"
    )
    print(f"  max difference to captum: {difference:.1e}")


if __name__ == "__main__":
    main()
