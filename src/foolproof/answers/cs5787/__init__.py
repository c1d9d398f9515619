"""The answers to CS5787, Homework 2."""

from collections.abc import Mapping
from typing import Any

from foolproof.answers.appendix import appendix
from foolproof.answers.cs5787.adder import adder_answer
from foolproof.answers.cs5787.attack_linf import attack_answer, level
from foolproof.answers.cs5787.cifar10 import NAMES, Trainings, batchnorm_answer, network_answer
from foolproof.answers.cs5787.deep import deep_answer
from foolproof.answers.cs5787.pets import pets_answer
from foolproof.answers.cs5787.photos import classification_answer, maps_answer
from foolproof.answers.cs5787.robustness import robustness_answer
from foolproof.answers.document import Figure, Part, Report
from foolproof.answers.markup import code, plain
from foolproof.answers.results import Results
from foolproof.answers.robust_accuracy import REFERENCES as ROBUSTNESS_REFERENCES
from foolproof.answers.robust_accuracy import robust_accuracy
from foolproof.answers.stand_ins import data_text, data_warnings
from foolproof.core.files import read_csv

SECTIONS = (
    "data",
    "compute",
    "pretrained",
    "classify_photos",
    "show_feature_maps",
    "logistic_regression",
    "train.cifar10",
    "train.deep",
    "evaluate_robustness",
    "attack_linf",
    "attack_eot",
    "robustness",
    "adder",
)
"""Of params.yaml, on which the numbers depend."""

REFERENCES = (
    "Athalye, Engstrom, Ilyas and Kwok, Synthesizing robust adversarial examples, ICML 2018, arXiv "
    "1707.07397",
    *ROBUSTNESS_REFERENCES,
    "Goodfellow, Shlens and Szegedy, Explaining and harnessing adversarial examples, ICLR 2015, "
    "arXiv 1412.6572",
    "He, Zhang, Ren and Sun, Delving deep into rectifiers, ICCV 2015, arXiv 1502.01852",
    "Ioffe and Szegedy, Batch normalization, ICML 2015, arXiv 1502.03167",
    "Jordan, 94% on CIFAR-10 in 3.29 seconds on a single GPU, 2024, arXiv 2404.00498",
    "Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024, "
    "kellerjordan.github.io/posts/muon",
    "Krizhevsky, Learning multiple layers of features from tiny images, technical report, 2009 "
    "(CIFAR-10)",
    "Kurakin, Goodfellow and Bengio, Adversarial examples in the physical world, ICLR workshop "
    "2017, arXiv 1607.02533",
    "Madry, Makelov, Schmidt, Tsipras and Vladu, Towards deep learning models resistant to "
    "adversarial attacks, ICLR 2018, arXiv 1706.06083",
    "McNemar, Note on the sampling error of the difference between correlated proportions, "
    "Psychometrika 1947",
    "Parkhi, Vedaldi, Zisserman and Jawahar, Cats and dogs, CVPR 2012 (the Oxford-IIIT Pet data)",
    "Pedregosa et al., Scikit-learn: machine learning in Python, JMLR 2011, arXiv 1201.0490",
    "Russakovsky et al., ImageNet large scale visual recognition challenge, IJCV 2015, arXiv "
    "1409.0575",
    "Santurkar, Tsipras, Ilyas and Madry, How does batch normalization help optimization?, NeurIPS "
    "2018, arXiv 1805.11604",
    "Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, Rethinking the Inception architecture for "
    "computer vision, CVPR 2016, arXiv 1512.00567",
    "Wilson, Probable inference, the law of succession, and statistical inference, JASA 1927",
    "_Collaborators:_ none besides the authors of this pipeline.",
)
"""The last line is what the sheet asks for beside the references."""

CODE = (
    "training.loop:train",
    "training.muon:Muon",
    "optimize.loop:_optimize_chunk",
)
"""What the code at the answers calls."""


def report(results: Results) -> Report:
    """Answer all questions."""
    params = results.params
    assets = {
        name: results.asset(name)
        for name in ("cifar10", "pets", "photos", params["pretrained"]["network"])
    }
    attack = results.metrics("attacks/linf")
    trainings = trainings_of(results)
    return Report(
        sheet="cs5787",
        title="Pretrained and small networks, attacks, a recurrent adder",
        subtitle="CS5787, Homework 2 (Deep Learning)",
        overview=overview(attack),
        warnings=data_warnings(assets, "Problems 1 to 4"),
        data=data_text(assets),
        parts=[
            photos_part(results, assets),
            Part(
                title="Problem 2. Transfer to the pets",
                content=[
                    pets_answer(
                        results.metrics("pets/features"),
                        results.metrics("pets/classifiers"),
                        assets["pets"],
                        params["logistic_regression"]["C_values"],
                    )
                ],
            ),
            cifar10_part(results, assets["cifar10"], trainings),
            Part(
                title="Problem 4. Attacks on the pretrained network",
                content=[
                    attack_answer(attack, params["attack_linf"]),
                    robustness_answer(
                        results.metrics("attacks/robustness"),
                        params["robustness"],
                        params["attack_eot"],
                    ),
                ],
            ),
            Part(
                title="Problem 5. A recurrent network that adds",
                content=[adder_answer(results.metrics("toys/adder"))],
            ),
            Part(
                title="Beyond the sheet. Robust accuracy of the CIFAR-10 networks",
                content=robust_accuracy(
                    results.metrics("robust_accuracy/cifar10"),
                    NAMES,
                    params["evaluate_robustness"],
                    "plots/draw_robust_accuracy/cifar10.png",
                    level,
                ),
            ),
            appendix(
                sheet="cs5787",
                assets=assets,
                trainings={
                    "CIFAR-10 without batch norm": trainings.timings["nobn"],
                    "With batch norm": trainings.timings["bn"],
                    "Deep network": trainings.timings["deep"],
                },
                params=params,
                sections=SECTIONS,
                variation="attack_linf.epsilon=1",
            ),
        ],
        references=REFERENCES,
        code=CODE,
    )


def overview(attack: Mapping[str, Any]) -> Figure:
    """Show the first adversarial photo."""
    example = attack["first_example"]
    return Figure(
        path="plots/evaluate_linf/example.png",
        caption=f"Question 4.1: {code(example['photo'])}, a perturbation of at most "
        f"{level(example['epsilon'])} a pixel (scaled to full contrast) towards "
        f'"{plain(example["target"])}", and their sum, with the top-1 class of '
        f"{code(attack['architecture'])} and its probability.",
        width=68,
    )


def trainings_of(results: Results) -> Trainings:
    """Read what belongs to the CIFAR-10 networks."""
    return Trainings(
        results=results.gathered("cifar10", *NAMES),
        networks=results.metrics("networks"),
        layers=results.metrics("networks/layers"),
        timings={name: results.metrics(f"timing/cifar10_{name}") for name in NAMES},
    )


def photos_part(results: Results, assets: Mapping[str, Any]) -> Part:
    """Answer problem 1."""
    params, maps = results.params, results.metrics("photos/feature_maps")
    found = results.metrics("photos/classification")
    label = next(each["label"] for each in found["photos"] if each["file"] == maps["photo"])
    return Part(
        title="Problem 1. A pretrained network",
        content=[
            classification_answer(
                found,
                maps["photo"],
                assets[params["pretrained"]["network"]],
                assets["photos"],
            ),
            maps_answer(maps, label, params["show_feature_maps"]["maps"]),
        ],
    )


def cifar10_part(results: Results, record: Mapping[str, Any], trainings: Trainings) -> Part:
    """Answer problem 3."""
    params, filters = results.params, results.metrics("cifar10/filters")
    return Part(
        title="Problem 3. Small networks for CIFAR-10",
        content=[
            network_answer(trainings, filters, record, params["train"]["cifar10"]),
            batchnorm_answer(trainings, results.metrics("cifar10/comparison"), filters),
            deep_answer(
                trainings,
                results.metrics("cifar10/deep_comparison"),
                results.metrics("cifar10/deep_views"),
                params["train"]["deep"],
                read_csv(results.root / "benchmarks/recipes/deep.csv"),
            ),
        ],
    )
