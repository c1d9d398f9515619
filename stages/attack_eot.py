"""PGD at a larger epsilon: plain, and under expectation over transformation (EOT)."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from foolproof.attacks.linf import PgdConfig, pgd, pgd_eot
from foolproof.attacks.perturbation import LEVEL
from foolproof.compute.seeds import new_generator
from foolproof.compute.speed import logged_speed
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.optimize.transforms import random_views
from foolproof.params.attack_eot import AttackEot
from foolproof.params.attack_linf import AttackLinf
from foolproof.pretrained.stage import photo_stage


def main() -> None:
    """Attack the photos of the examples of `attack_linf`."""
    plain = load_section("attack_linf", AttackLinf)
    given = read_arrays(Path("data/attacks/linf.npz"))
    config = PgdConfig(
        objective=plain.objective, step=plain.step, step_size=plain.step_size, steps=plain.steps
    )
    with photo_stage(AttackEot) as s:
        settings, network = s.settings, s.folded(s.pretrained.network)
        originals, targets = (
            torch.from_numpy(given[each]).to(s.device) for each in ("originals", "targets")
        )
        epsilon = settings.epsilon * LEVEL
        with logged_speed("PGD and PGD-EOT", len(originals)):
            large = pgd(network, originals, targets, config, epsilon=epsilon)
            eot = pgd_eot(
                network,
                originals,
                targets,
                epsilon=epsilon,
                step_size=settings.step_size,
                steps=settings.steps,
                samples=settings.samples,
                view=view_of(settings),
            )
    write_arrays(
        Path("data/attacks/eot.npz"),
        **{each: given[each] for each in ("names", "photos_by", "labels", "targets")},
        clean=given["originals"],
        plain=given["images"],
        plain_large=large.inputs.cpu().numpy(),
        eot=eot.inputs.cpu().numpy(),
        epsilon_plain=np.array(plain.epsilon),
        epsilon_plain_large=np.array(settings.epsilon),
        epsilon_eot=np.array(settings.epsilon),
    )


def view_of(settings: AttackEot) -> Callable[[Tensor], Tensor]:
    """Make the function that draws random views; it continues one stream of random numbers."""
    views, generator = settings.views, new_generator(settings.seed)
    return lambda images: random_views(
        images,
        mirror=views.mirror,
        crop=views.crop,
        rotation=views.rotation,
        grey=views.grey,
        blur=views.blur,
        noise=views.noise,
        generator=generator,
    )


if __name__ == "__main__":
    run_stage(main)
