"""Speed of deep features of photographs: ours against torchvision's DataLoader loop.

Run as `python benchmarks/pet_features.py [--images N] [--repeats N]`, once data/pets.npz and the
network's file exist. The pets' photographs are brought to 500 x 375 and repeated until there
are enough. The other loop is what one would write: an ImageFolder with the preset transforms of
the weights, a DataLoader with two workers and batches of 32, and the network in float32 as
torchvision makes it, without its last layer. Ours reads the same files. Both go from files to
features on the CPU with the same number of threads; they alternate in one process, and the medians
of the wall time and of the CPU time, that of other processes included, are compared.
"""

import argparse
import os
import time
from collections.abc import Callable
from copy import deepcopy
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms._presets import ImageClassification

from foolproof.core.params import load_section
from foolproof.data.arrays import read_arrays
from foolproof.params.data import Compute
from foolproof.params.pretrained import Pretrained
from foolproof.photos.decode import decode
from foolproof.photos.photo import unpack
from foolproof.pretrained.load import hidden_features, load_pretrained
from foolproof.probes.features import extract_features, unit_length

SIZE = (500, 375)
QUALITY = 90


def write_photographs(folder: Path, files: list[tuple[str, bytes]], count: int) -> None:
    """Write as many photographs as asked for, all of one size, as an image folder of one class."""
    resized = []
    for name, content in files[:count]:
        stream = BytesIO()
        decode(content, name).resize(SIZE).save(stream, "JPEG", quality=QUALITY)
        resized.append(stream.getvalue())
    folder.mkdir()
    for number, content in enumerate(islice(cycle(resized), count)):
        (folder / f"{number:05}.jpg").write_bytes(content)


def measure(function: Callable[[], Tensor]) -> tuple[Tensor, tuple[float, float]]:
    """Return the features, and the wall time and the CPU time that they took, in seconds."""
    wall, cpu = time.perf_counter(), sum(os.times()[:4])
    features = function()
    return features, (time.perf_counter() - wall, sum(os.times()[:4]) - cpu)


def main() -> None:
    """Compute the features of the same files by both loops; print images/s and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    name = load_section("pretrained", Pretrained).network
    threads = load_section("compute", Compute).threads
    path = Path("data", f"{name}.npz")
    pretrained = load_pretrained(path, torch.device("cpu"))
    stored = read_arrays(path)
    preset = ImageClassification(
        crop_size=pretrained.crop,
        resize_size=pretrained.resize,
        mean=stored["mean"].tolist(),
        std=stored["std"].tolist(),
    )
    plain = deepcopy(hidden_features(pretrained).get_submodule("body"))
    plain.to(memory_format=torch.contiguous_format)

    @torch.no_grad()
    def loader_loop() -> Tensor:
        torch.set_num_threads(threads)
        dataset = ImageFolder(folder, transform=preset)
        loader = DataLoader(dataset, batch_size=32, num_workers=2)
        return torch.cat([plain(pixels) for pixels, _ in loader])

    def ours() -> Tensor:
        torch.set_num_threads(1)
        paths = sorted(Path(folder).rglob("*.jpg"))
        files = [(path.name, path.read_bytes()) for path in paths]
        return extract_features(pretrained, files, threads)

    with TemporaryDirectory() as folder:
        pets = unpack(read_arrays(Path("data/pets.npz")))
        write_photographs(Path(folder, "pets"), pets, arguments.images)
        times: dict[str, list[tuple[float, float]]] = {"DataLoader": [], "ours": []}
        print(f"{arguments.images} photographs of {SIZE[0]} x {SIZE[1]}, {name}, {threads} threads")
        for _ in range(arguments.repeats):
            expected, seconds = measure(loader_loop)
            times["DataLoader"].append(seconds)
            found, seconds = measure(ours)
            times["ours"].append(seconds)
            for loop, measured in times.items():
                wall, cpu = measured[-1]
                print(
                    f"  {loop:10} {arguments.images / wall:6.1f} images/s, "
                    f"{1000 * cpu / arguments.images:5.1f} ms of CPU an image"
                )
    for index, quantity in enumerate(("wall", "CPU")):
        medians = {
            loop: median(each[index] for each in measured) for loop, measured in times.items()
        }
        ratio = medians["DataLoader"] / medians["ours"]
        print(f"  ours takes 1/{ratio:.2f} of the {quantity} time, by medians")
    difference = (unit_length(found) - unit_length(expected)).abs().max()
    print(f"  max difference of features of unit length: {difference:.1e}")


if __name__ == "__main__":
    main()
