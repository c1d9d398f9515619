"""PGD on photos at a larger epsilon: plain, and under expectation over transformation (EOT)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foolproof.attacks.ball import pgd_eot
from foolproof.attacks.linf import PgdConfig, targeted_pgd
from foolproof.attacks.perturbation import LEVEL
from foolproof.compute.speed import logged_speed
from foolproof.compute.words import success_in_words
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

KEPT = ("names", "requests", "photos_by", "labels", "targets")
"""What is copied from the arrays of `attack_linf`."""


def main() -> str:
    """Attack the photos of `attack_linf`, by both with one epsilon and number of gradients."""
    plain = load_section("attack_linf", AttackLinf)
    given = read_arrays(Path("data/attacks/linf.npz"))
    with photo_stage(AttackEot) as s:
        settings = s.settings
        originals, labels, targets = (
            torch.from_numpy(given[each]).to(s.device)
            for each in ("originals", "labels", "targets")
        )
        shape = tuple(originals.shape[1:])
        model = watched_classifier(s, s.pretrained.network, shape)
        some = (model, originals, labels)
        epsilon, config = settings.epsilon * LEVEL, config_of(plain, settings)
        with logged_speed("PGD and PGD-EOT", len(originals)):
            large = targeted_pgd(*some, targets, config, epsilon=epsilon, progress=True)
            eot = pgd_eot(
                *some,
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
        **{each: given[each] for each in KEPT},
        clean=given["originals"],
        plain=given["images"],
        plain_large=large.x_adv.cpu().numpy(),
        eot=eot.x_adv.cpu().numpy(),
        **budgets(plain, settings),
    )
    pgd, with_eot = (success_in_words(each.success.tolist()) for each in (large, eot))
    return f"PGD {pgd}; PGD-EOT {with_eot}"


def config_of(plain: AttackLinf, settings: AttackEot) -> PgdConfig:
    """Take plain PGD's objective and step from its section, and step size and gradients from EOT's.

    Both attacks take steps of one size, and plain PGD as many as EOT has gradients.
    """
    return PgdConfig(
        objective=plain.objective,
        step=plain.step,
        step_size=settings.step_size,
        steps=settings.steps * settings.samples,
    )


def budgets(plain: AttackLinf, settings: AttackEot) -> dict[str, NDArray[Any]]:
    """List epsilon, steps and gradients a photo of each kind of attack, by `<name>_<kind>`."""
    gradients = settings.steps * settings.samples
    large = {"epsilon": settings.epsilon, "gradients": gradients}
    kinds = {
        "plain": {"epsilon": plain.epsilon, "gradients": plain.steps, "steps": plain.steps},
        "plain_large": large | {"steps": gradients},
        "eot": large | {"steps": settings.steps},
    }
    return {
        f"{name}_{kind}": np.array(value)
        for kind, values in kinds.items()
        for name, value in values.items()
    }


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
