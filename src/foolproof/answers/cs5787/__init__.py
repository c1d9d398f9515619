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
    "A. Athalye, L. Engstrom, A. Ilyas and K. Kwok, Synthesizing Robust Adversarial Examples, "
    "ICML 2018, arXiv 1707.07397",
    "F. Croce and M. Hein, Reliable Evaluation of Adversarial Robustness with an Ensemble of "
    "Diverse Parameter-free Attacks, ICML 2020, arXiv 2003.01690",
    "J. Deng et al., ImageNet: A Large-Scale Hierarchical Image Database, CVPR 2009",
    "I. Goodfellow, J. Shlens and C. Szegedy, Explaining and Harnessing Adversarial Examples, "
    "ICLR 2015, arXiv 1412.6572",
    "K. He, X. Zhang, S. Ren and J. Sun, Delving Deep into Rectifiers, ICCV 2015, arXiv 1502.01852",
    "S. Ioffe and C. Szegedy, Batch Normalization, ICML 2015, arXiv 1502.03167",
    "K. Jordan, 94% on CIFAR-10 in 3.29 Seconds on a Single GPU, 2024, arXiv 2404.00498",
    "K. Jordan et al., Muon: An Optimizer for Hidden Layers in Neural Networks, 2024, "
    "kellerjordan.github.io/posts/muon",
    "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, technical report, 2009",
    "A. Kurakin, I. Goodfellow and S. Bengio, Adversarial Examples in the Physical World, ICLR "
    "workshop 2017, arXiv 1607.02533",
    "A. Madry, A. Makelov, L. Schmidt, D. Tsipras and A. Vladu, Towards Deep Learning Models "
    "Resistant to Adversarial Attacks, ICLR 2018, arXiv 1706.06083",
    "Q. McNemar, Note on the Sampling Error of the Difference between Correlated Proportions, "
    "Psychometrika 1947",
    "O. Parkhi, A. Vedaldi, A. Zisserman and C. Jawahar, Cats and Dogs, CVPR 2012 (the Oxford-IIIT "
    "Pet data set)",
    "F. Pedregosa et al., Scikit-learn: Machine Learning in Python, JMLR 2011, arXiv 1201.0490",
    "S. Santurkar, D. Tsipras, A. Ilyas and A. Madry, How Does Batch Normalization Help "
    "Optimization?, NeurIPS 2018, arXiv 1805.11604",
    "C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens and Z. Wojna, Rethinking the Inception "
    "Architecture for Computer Vision, CVPR 2016, arXiv 1512.00567",
    "E. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 1927",
    "*Collaborators:* none besides the authors of this pipeline.",
)

CODE = (
    "training.loop:train",
    "training.muon:Muon",
    "attacks.ball:pgd",
    "optimize.loop:_optimize_chunk",
    "optimize.transforms:random_views",
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
        title="Pretrained and small networks, adversarial photos, a recurrent adder",
        subtitle="CS5787, Homework 2 (Deep Learning)",
        overview=overview(attack),
        warnings=data_warnings(assets, "Problems 1 to 4"),
        data=data_text(assets),
        parts=[
            photos_part(results, assets, attack),
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
        width=80,
    )


def trainings_of(results: Results) -> Trainings:
    """Read what belongs to the CIFAR-10 networks."""
    return Trainings(
        results=results.gathered("cifar10", *NAMES),
        networks=results.metrics("networks"),
        layers=results.metrics("networks/layers"),
        timings={name: results.metrics(f"timing/cifar10_{name}") for name in NAMES},
    )


def photos_part(results: Results, assets: Mapping[str, Any], attack: Mapping[str, Any]) -> Part:
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
                attack["input_shape"][1:],
                assets[params["pretrained"]["network"]],
                assets["photos"],
            ),
            maps_answer(maps, label, params["show_feature_maps"]["maps"]),
        ],
    )


def cifar10_part(results: Results, record: Mapping[str, Any], trainings: Trainings) -> Part:
    """Answer problem 3, and measure the robustness of its networks."""
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
            *robust_accuracy(
                results.metrics("robust_accuracy/cifar10"),
                NAMES,
                params["evaluate_robustness"],
                "plots/draw_robust_accuracy/cifar10.png",
                level,
            ),
        ],
    )
