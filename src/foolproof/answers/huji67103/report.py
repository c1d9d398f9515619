"""The answers to HUJI 67103, Assignment 2 (Introduction to Neural Networks)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from foolproof.answers.appendix import appendix
from foolproof.answers.document import Figure, Part, Report, Table
from foolproof.answers.huji67103.attack_minimal import minimal_answer
from foolproof.answers.huji67103.complexity import complexity_answer
from foolproof.answers.huji67103.feature_visualization import PLOTS, units_answer
from foolproof.answers.huji67103.occlusion import occlusion_answer
from foolproof.answers.huji67103.priors import prior_answer
from foolproof.answers.huji67103.receptive_fields import (
    costs_answer,
    fields_answer,
    strides_answer,
)
from foolproof.answers.huji67103.shallow_as_deep import deep_answer
from foolproof.answers.markup import code
from foolproof.answers.results import Results
from foolproof.answers.stand_ins import data_text, data_warnings
from foolproof.explain.method_names import TOP

CODE = {
    "P1": "explain.feature_visualization:maximize_activation",
    "P2": "explain.priors:spectral_misfit",
    "P3": "attacks.minimal:ddn",
    "P4": "explain.occlude:occlusion_maps",
    "1.1, 1.3": "toys.receptive_fields:receptive_field",
    "1.2": "toys.receptive_fields:count_weights",
    "2": "toys.shallow_as_deep:deepen",
    "3": "toys.xor_outcomes:classify",
}
"""What answers each question; the example of question 3 is not printed."""

SECTIONS = (
    "data",
    "compute",
    "pretrained",
    "feature_visualization",
    "attack_minimal",
    "occlude_photos",
    "explain.photos",
    "receptive_fields",
    "shallow_as_deep",
    "xor",
)
"""Of params.yaml, that the numbers depend on."""

REFERENCES = (
    "Blum and Rivest, Training a 3-node neural network is NP-complete, Neural Networks 5, 1992",
    "Hamey, XOR has no local minima: a case study in neural network error surface analysis, Neural "
    "Networks 11, 1998",
    "Olah, Mordvintsev and Schubert, Feature visualization, Distill 2017",
    "Rony et al., Decoupling direction and norm for efficient gradient-based L2 adversarial "
    "attacks and defenses, CVPR 2019 (arXiv 1811.09600)",
    "Rudin, Osher and Fatemi, Nonlinear total variation based noise removal algorithms, Physica D "
    "60, 1992",
    "Selvaraju et al., Grad-CAM: visual explanations from deep networks via gradient-based "
    "localization, ICCV 2017 (arXiv 1610.02391)",
    "Simonyan, Vedaldi and Zisserman, Deep inside convolutional networks: visualising image "
    "classification models and saliency maps, 2013 (arXiv 1312.6034)",
    "Smilkov et al., SmoothGrad: removing noise by adding noise, 2017 (arXiv 1706.03825)",
    "Sprinkhuizen-Kuyper and Boers, The error surface of the 2-2-1 XOR network: the finite "
    "stationary points, Neural Networks 11, 1998",
    "Sundararajan, Taly and Yan, Axiomatic attribution for deep networks, ICML 2017 (arXiv "
    "1703.01365)",
    "Yosinski et al., Understanding neural networks through deep visualization, ICML workshop on "
    "deep learning 2015 (arXiv 1506.06579)",
    "Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014 (arXiv "
    "1311.2901)",
)


def report(results: Results) -> Report:
    """Answer the sheet."""
    params = results.params
    networks = params["feature_visualization"]
    names = (params["pretrained"]["network"], networks["network"], networks["transfer_network"])
    assets = {name: results.asset(name) for name in ("photos", *names)}
    found = results.metrics("neurons/feature_visualization")
    return Report(
        sheet="huji67103",
        title="Feature visualization, attacks and occlusion maps",
        subtitle="HUJI 67103, Assignment 2 (Introduction to Neural Networks)",
        overview=overview(found),
        parts=[
            *practical_parts(results, found),
            *theoretical_parts(results),
            last_part(assets, params),
        ],
        warnings=data_warnings(assets, "the practical questions P1 to P4"),
        data=data_text(assets),
        references=REFERENCES,
        code=[function for question, function in CODE.items() if question != "3"],
    )


def overview(found: Mapping[str, Any]) -> Figure:
    """Show the class-maximizing images of the best method."""
    return Figure(
        path=f"{PLOTS}/classes.png",
        label="fig-classes",
        caption=f"Images that maximize the logit of a class of {code(found['architecture'])}, with "
        "Fourier coefficients and random views (question P2). Above each: the class, its "
        f"probability, and its rank by {code(found['transfer_network'])}; blue in the top {TOP}.",
    )


def practical_parts(results: Results, found: Mapping[str, Any]) -> list[Part]:
    """Answer the questions P1 to P4."""
    params, occlusion = results.params, results.metrics("photos/occlusion")
    settings = params["feature_visualization"]
    return [
        Part(
            title="Part 1. Feature visualization by optimization of the input",
            content=[units_answer(found, settings), prior_answer(found, settings)],
        ),
        Part(
            title="Part 2. Minimal perturbations",
            content=[minimal_answer(results.metrics("attacks/minimal"), params["attack_minimal"])],
        ),
        Part(
            title="Part 3. Occlusion maps of photos",
            content=[
                occlusion_answer(
                    occlusion,
                    results.metrics("explain/photos"),
                    results.rows("occlude_photos_deletion"),
                    params,
                )
            ],
        ),
    ]


def theoretical_parts(results: Results) -> list[Part]:
    """Answer the questions 1 to 3."""
    toys = results.gathered("toys", "receptive_fields", "shallow_as_deep", "xor")
    fields = toys["receptive_fields"]
    return [
        Part(
            title="Theory 1. Receptive fields",
            content=[fields_answer(fields), costs_answer(fields), strides_answer(fields)],
        ),
        Part(
            title="Theory 2. Deep versus shallow networks",
            content=[deep_answer(toys["shallow_as_deep"])],
        ),
        Part(
            title="Theory 3. The complexity of training",
            content=[complexity_answer(toys["xor"])],
        ),
    ]


def last_part(assets: Mapping[str, Any], params: Mapping[str, Any]) -> Part:
    """Make the last part, with a map of the code."""
    part = appendix(
        sheet="huji67103",
        assets=assets,
        trainings={},
        params=params,
        sections=SECTIONS,
        variation="feature_visualization.steps=128",
    )
    return replace(part, content=[code_map(), *part.content])


def code_map() -> Table:
    """List the function that answers each question."""
    return Table(
        caption="Where the code that answers each question is.",
        header=["Question", "Function"],
        rows=[
            [question, code("foolproof." + function.replace(":", "."))]
            for question, function in CODE.items()
        ],
        texts=2,
    )
