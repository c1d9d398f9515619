"""CPU time of Grad-CAM and integrated gradients: ours against Captum's, at equal maps.

Run as `python benchmarks/explanations.py [--images N] [--photos N] [--repeats N] [--threads N]`.
The networks are those of the sheets' digits and torchvision's MobileNetV2, both untrained: the
time does not depend on the weights. Both sides get the same frozen classifier and threads; Captum
is told the layer, which ours finds. Integrated gradients take 50 Gauss-Legendre steps; Captum is
measured at several batch sizes, of which the best counts. The sides alternate in one process, in
the opposite order at each repeat; medians of CPU time are compared, which depends less on other
work on the machine. No map may differ by more than 1e-3 of its maximum: in a deep network other
rounding, as by another batch size, turns single ReLUs on or off. The tests compare to 1e-5.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import torch
from captum.attr import IntegratedGradients, LayerAttribution, LayerGradCam
from torch import Tensor
from torchvision.models import mobilenet_v2

from foolproof.classifiers.classifier import Classifier, classifier
from foolproof.compute.device import keep_freed_memory
from foolproof.explain.grad_cam import gradcam
from foolproof.explain.gradients import integrated_gradients
from foolproof.networks.mnist import mnist_cnn

STEPS = 50
DIGITS_TOGETHER = (50, 200, 1000)
PHOTOS_TOGETHER = (8, 16, 50)
TOLERANCE = 1e-3

Explanation = Callable[[], Tensor]


def captum_gradcam(
    model: Classifier, layer: str, x: Tensor, target: Tensor, together: int
) -> Tensor:
    """Compute Captum's Grad-CAM, enlarged to the image, a few images at a time."""
    method = LayerGradCam(model, model.network.get_submodule(layer))
    coarse = torch.cat(
        [
            method.attribute(images, target=classes, relu_attributions=True).detach()
            for images, classes in zip(x.split(together), target.split(together), strict=True)
        ]
    )
    maps: Tensor = LayerAttribution.interpolate(coarse, tuple(x.shape[2:]), "bilinear")
    return maps[:, 0]


def captum_integrated(model: Classifier, x: Tensor, target: Tensor, together: int) -> Tensor:
    """Compute Captum's integrated gradients, summed over channels."""
    at_least = max(together, len(x))  # Captum takes one step of all images at once
    maps: Tensor = IntegratedGradients(model).attribute(
        x, target=target, n_steps=STEPS, method="gausslegendre", internal_batch_size=at_least
    )
    return maps.sum(1).detach()


def compare(name: str, ours: Explanation, theirs: dict[int, Explanation], repeats: int) -> None:
    """Print the medians of ours and of Captum at each batch size, and the max difference."""
    contestants = {"ours": ours} | {f"captum, {n} at a time": each for n, each in theirs.items()}
    seconds: dict[str, list[float]] = {each: [] for each in contestants}
    maps = {}
    for repeat in range(repeats):
        for each in list(contestants)[:: -1 if repeat % 2 else 1]:
            start = time.process_time()
            maps[each] = contestants[each]()
            seconds[each].append(time.process_time() - start)
    print(name)
    for each, times in seconds.items():
        ratio = median(times) / median(seconds["ours"])
        print(f"  {each:22} {median(times):8.3f} CPU-s  {ratio:5.2f} x ours")
    best = min(median(times) for each, times in seconds.items() if each != "ours")
    peak = maps["ours"].abs().max()
    difference = max(((each - maps["ours"]).abs().max() / peak).item() for each in maps.values())
    print(f"  captum at its best / ours = {best / median(seconds['ours']):.2f}")
    print(f"  max difference: {difference:.1e} of the maximum")
    assert difference <= TOLERANCE, "the maps differ"


def main() -> None:
    """Compare both explanations on digits and photos."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--photos", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    keep_freed_memory()
    torch.manual_seed(0)
    photo_network = mobilenet_v2().to(memory_format=torch.channels_last)
    with torch.no_grad():
        # Without running statistics of its own, activations vanish with depth.
        for _ in range(20):
            photo_network(torch.rand(8, 3, 224, 224))
    digit_model = classifier(mnist_cnn(batch_norm=True))
    photo_model = classifier(photo_network)
    digits = torch.rand(arguments.images, 1, 28, 28)
    photos = torch.rand(arguments.photos, 3, 224, 224)
    for name, model, layer, x, batches in (
        ("digits", digit_model, "conv2", digits, DIGITS_TOGETHER),
        ("photos", photo_model, "features.18.0", photos, PHOTOS_TOGETHER),
    ):
        count = len(x)
        target = torch.arange(count) % model.classes
        compare(
            f"Grad-CAM, {count} {name}, {arguments.threads} thread(s)",
            partial(gradcam, model, x, target),
            {each: partial(captum_gradcam, model, layer, x, target, each) for each in batches},
            arguments.repeats,
        )
        compare(
            f"integrated gradients, {count} {name}, {STEPS} steps, {arguments.threads} thread(s)",
            partial(integrated_gradients, model, x, target, steps=STEPS),
            {each: partial(captum_integrated, model, x, target, each) for each in batches},
            arguments.repeats,
        )


if __name__ == "__main__":
    main()
