"""CPU time of occlusion maps: ours, Captum at its best setting, and a loop of forward passes.

Run as `python benchmarks/occlude.py`. All three occlude the same 784 positions of the same ten
images by the same patch. They alternate in one process; medians are compared.
"""

import time
from collections.abc import Callable
from functools import partial
from statistics import median

import torch
from captum.attr import Occlusion
from torch import Tensor, nn
from torch.nn.functional import conv_transpose2d, pad

from foolproof.explain.occlude import class_probabilities, occlusion_maps
from foolproof.networks.mnist import mnist_cnn

THREADS = 2
REPEATS = 5
IMAGES = 10
SIDE = 28
SIZE = 4
BEFORE, AFTER = SIZE // 2, SIZE - 1 - SIZE // 2
PERTURBATIONS_PER_EVAL = (1, 4, 8, 16, 32, 78)


def captum_attributions(
    network: nn.Module, pixels: Tensor, classes: Tensor, fill: float, perturbations: int
) -> Tensor:
    """Compute Captum's mean drop over covering windows, with a margin for those over the border."""

    def crop_and_classify(padded: Tensor) -> Tensor:
        cropped = padded[:, :, BEFORE : BEFORE + SIDE, BEFORE : BEFORE + SIDE]
        probabilities: Tensor = network(cropped).softmax(1)
        return probabilities

    attributions: Tensor = Occlusion(crop_and_classify).attribute(
        pad(pixels, (BEFORE, AFTER, BEFORE, AFTER)),
        (1, SIZE, SIZE),
        baselines=fill,
        target=classes,
        perturbations_per_eval=perturbations,
    )
    return attributions


@torch.inference_mode()
def loop_maps(network: nn.Module, pixels: Tensor, classes: Tensor, fill: float) -> Tensor:
    """Compute the maps by one forward pass a position."""
    maps = torch.empty(len(pixels), SIDE, SIDE)
    for image in range(len(pixels)):
        for y in range(SIDE):
            for x in range(SIDE):
                occluded = pixels[image : image + 1].clone()
                down = slice(max(y - BEFORE, 0), y + AFTER + 1)
                occluded[:, :, down, max(x - BEFORE, 0) : x + AFTER + 1] = fill
                maps[image, y, x] = network(occluded).softmax(1)[0, classes[image]]
    return maps


def averaged_drops(maps: Tensor, unoccluded: Tensor) -> Tensor:
    """Average the drop by position over the windows that cover each pixel, as Captum does."""
    window = torch.ones(1, 1, SIZE, SIZE)
    drops = (unoccluded[:, None, None] - maps)[:, None]
    return conv_transpose2d(drops, window) / conv_transpose2d(torch.ones_like(drops), window)


def cpu_seconds(function: Callable[[], object]) -> float:
    """Measure the CPU time of one call, over all threads."""
    start = time.process_time()
    function()
    return time.process_time() - start


def compare(network: nn.Module, pixels: Tensor, classes: Tensor, fill: float) -> None:
    """Print CPU seconds, ratios and differences for one network and one fill."""
    contestants: dict[str, Callable[[], Tensor]] = {
        "ours": lambda: occlusion_maps(network, pixels, classes, size=SIZE, fill=fill),
        "loop": lambda: loop_maps(network, pixels, classes, fill),
    }
    for perturbations in PERTURBATIONS_PER_EVAL:
        contestants[f"captum, {perturbations} per eval"] = partial(
            captum_attributions, network, pixels, classes, fill, perturbations
        )
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(REPEATS):
        for name, contestant in contestants.items():
            seconds[name].append(cpu_seconds(contestant))
    medians = {name: median(times) for name, times in seconds.items()}
    for name, value in medians.items():
        print(f"  {name:20} {value:6.2f} CPU-s   {value / medians['ours']:5.2f} x ours")
    best = min(value for name, value in medians.items() if name.startswith("captum"))
    print(
        f"  ours : captum at its best : loop = 1 : {best / medians['ours']:.2f} "
        f": {medians['loop'] / medians['ours']:.2f}"
    )
    maps = contestants["ours"]()
    unoccluded = class_probabilities(network, pixels, classes)
    captum = captum_attributions(network, pixels, classes, fill, PERTURBATIONS_PER_EVAL[-1])
    to_captum = (averaged_drops(maps, unoccluded) - captum).abs().max()
    to_loop = (maps - contestants["loop"]()).abs().max()
    print(f"  max difference: {to_captum:.1e} to captum, {to_loop:.1e} to the loop")


def main() -> None:
    """Compare on digit-like images: random ink in the middle, black around it."""
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    network = mnist_cnn(batch_norm=False).eval().requires_grad_(False)
    network.get_parameter("fc2.weight").mul_(30)  # as confident as a trained network
    pixels = pad(torch.rand(IMAGES, 1, 14, 14), (7, 7, 7, 7))
    classes = torch.arange(IMAGES) % 10
    print(f"{IMAGES} images x {SIDE * SIDE} positions, {THREADS} threads, median of {REPEATS} runs")
    for layout in (torch.contiguous_format, torch.channels_last):
        network.to(memory_format=layout)
        for name, fill in (("grey", 0.5), ("black", 0.0)):
            print(f"network in {layout}, {name} patch of {SIZE} x {SIZE}:")
            compare(network, pixels, classes, fill)


if __name__ == "__main__":
    main()
