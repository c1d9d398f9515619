"""PGD at a larger epsilon: plain, and under expectation over transformation (EOT)."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from foolproof.attacks.ball import pgd_eot
from foolproof.attacks.linf import PgdConfig, targeted_pgd
from foolproof.attacks.perturbation import LEVEL
from foolproof.compute.speed import logged_speed
from foolproof.core.params import load_section
from foolproof.core.stage import run_stage
from foolproof.data.arrays import read_arrays, write_arrays
from foolproof.optimize.objectives import LogProbability
from foolproof.optimize.transforms import random_views
from foolproof.params.attack_eot import AttackEot
from foolproof.params.attack_linf import AttackLinf
from foolproof.params.common import Views
from foolproof.pretrained.stage import photo_stage
from foolproof.trained.watched_classifier import watched_classifier


def main() -> None:
    """Attack the photos of the examples of `attack_linf`."""
    plain = load_section("attack_linf", AttackLinf)
    given = read_arrays(Path("data/attacks/linf.npz"))
    config = PgdConfig(
        objective=plain.objective, step=plain.step, step_size=plain.step_size, steps=plain.steps
    )
    with photo_stage(AttackEot) as s:
        settings = s.settings
        originals, labels, targets = (
            torch.from_numpy(given[each]).to(s.device)
            for each in ("originals", "labels", "targets")
        )
        shape = tuple(originals.shape[1:])
        model = watched_classifier(s, s.pretrained.network, shape)
        epsilon = settings.epsilon * LEVEL
        with logged_speed("PGD and PGD-EOT", len(originals)):
            large = targeted_pgd(
                model, originals, labels, targets, config, epsilon=epsilon, progress=True
            )
            eot = pgd_eot(
                model,
                originals,
                labels,
                eps=epsilon,
                view=view_of(settings.views),
                samples=settings.samples,
                steps=settings.steps,
                step_size=settings.step_size * epsilon,
                targets=targets,
                loss=LogProbability(targets),
                seed=settings.seed,
                progress=True,
            )
    write_arrays(
        Path("data/attacks/eot.npz"),
        **{each: given[each] for each in ("names", "photos_by", "labels", "targets")},
        clean=given["originals"],
        plain=given["images"],
        plain_large=large.x_adv.cpu().numpy(),
        eot=eot.x_adv.cpu().numpy(),
        epsilon_plain=np.array(plain.epsilon),
        epsilon_plain_large=np.array(settings.epsilon),
        epsilon_eot=np.array(settings.epsilon),
    )


def view_of(views: Views) -> Callable[[Tensor, torch.Generator], Tensor]:
    """Make the function that draws random views."""
    return lambda images, generator: random_views(
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
