"""The answers to EE6132, Programming Assignment 2."""

from collections.abc import Mapping
from typing import Any

from foolproof.answers import robust_accuracy
from foolproof.answers.appendix import appendix
from foolproof.answers.document import Answer, Figure, Part, Report
from foolproof.answers.ee6132 import (
    noise,
    nontargeted,
    structure,
    student_report,
    targeted,
    training,
    visualize,
    weights,
)
from foolproof.answers.ee6132.batchnorm import batchnorm_answer
from foolproof.answers.ee6132.batchnorm_robustness import robustness_answer
from foolproof.answers.ee6132.occlusion import occlusion_answer
from foolproof.answers.ee6132.robust import overview_caption, robust_answer
from foolproof.answers.results import Results
from foolproof.answers.stand_ins import data_text, data_warnings

SECTIONS = (
    "data",
    "compute",
    "train.mnist",
    "train.robust",
    "compare_robust_network",
    "time_batchnorm",
    "show_predictions",
    "visualize",
    "occlude",
    "explain.mnist",
    "attack_nontargeted",
    "attack_targeted",
    "attack_noise",
    "evaluate_robustness",
    "compare_robustness",
)
"""Keys of params.yaml that the numbers depend on."""

REFERENCES = (
    "Ioffe and Szegedy, Batch normalization: accelerating deep network training by reducing "
    "internal covariate shift, ICML 2015, arXiv 1502.03167",
    "Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014, arXiv "
    "1311.2901 (occlusion maps)",
    "Simonyan, Vedaldi and Zisserman, Deep inside convolutional networks: visualising image "
    "classification models and saliency maps, ICLR workshop 2014, arXiv 1312.6034 (activation "
    "maximization, saliency)",
    "Smilkov et al., SmoothGrad: removing noise by adding noise, 2017, arXiv 1706.03825",
    "Sundararajan, Taly and Yan, Axiomatic attribution for deep networks, ICML 2017, arXiv "
    "1703.01365 (integrated gradients)",
    "Selvaraju et al., Grad-CAM: visual explanations from deep networks via gradient-based "
    "localization, ICCV 2017, arXiv 1610.02391",
    "Petsiuk, Das and Saenko, RISE: randomized input sampling for explanation of black-box models, "
    "BMVC 2018, arXiv 1806.07421 (deletion and insertion scores)",
    "Rony et al., Decoupling direction and norm for efficient gradient-based L2 adversarial "
    "attacks and defenses, CVPR 2019, arXiv 1811.09600 (DDN)",
    "Madry et al., Towards deep learning models resistant to adversarial attacks, ICLR 2018, arXiv "
    "1706.06083 (PGD, adversarial training)",
    "Goodfellow, Shlens and Szegedy, Explaining and harnessing adversarial examples, ICLR 2015, "
    "arXiv 1412.6572 (FGSM)",
    "Wong, Rice and Kolter, Fast is better than free: revisiting adversarial training, ICLR 2020, "
    "arXiv 2001.03994 (FGSM with a random start, catastrophic overfitting)",
    "Galloway et al., Batch normalization is a cause of adversarial vulnerability, 2019, arXiv "
    "1905.02161",
    *robust_accuracy.REFERENCES,
)

CODE = (
    "networks.mnist:mnist_cnn",
    "training.stage:train_from_seed",
    "explain.occlude:occlusion_maps",
    "attacks.maximization:activation_maximization",
    "attacks.targeted:targeted_with_tuned_beta",
    "attacks.noise:additive_noise",
)
"""Functions that answer the sheet's questions."""

ROBUST_NAMES = {**training.NAMES, "robust": "with adversarial training"}


def report(results: Results) -> Report:
    """Answer the sheet."""
    assets = {"mnist": results.asset("mnist")}
    stages = looked_into(results)
    best = results.metrics("mnist/best")
    return Report(
        sheet="ee6132",
        title="MNIST networks: training, visualization, attacks",
        subtitle="Answers to EE6132, Programming Assignment 2, computed by the Foolproof pipeline",
        overview=Figure(
            path="plots/compare_robust_network/targeted.png",
            label="fig-overview",
            caption=overview_caption(results.metrics("mnist/robust_comparison")),
        ),
        warnings=[*data_warnings(assets, "all parts"), *weights.weights_warning(best, stages)],
        data=data_text(assets),
        parts=[
            Part(title="Part 1. Classification", content=classification(results)),
            Part(title="Part 2. Looking inside", content=looking_inside(results)),
            Part(
                title="Part 3. Attacks on the network",
                content=[weights.weights_text(best, stages), *attacks(results)],
            ),
            Part(title="Beyond the sheet: robustness", content=robustness(results)),
            *compared_report(results, assets),
            appendix(
                sheet="ee6132",
                assets=assets,
                trainings=machines(results),
                params=results.params,
                sections=SECTIONS,
                variation="train.mnist.epochs=5",
            ),
        ],
        references=REFERENCES,
        code=CODE,
    )


def classification(results: Results) -> list[Answer]:
    """Answer part 1."""
    trainings = results.gathered("mnist", *training.NAMES)
    comparison = results.metrics("mnist/comparison")
    networks, layers = results.metrics("networks"), results.metrics("networks/layers")
    params = results.params
    return [
        training.training_answer(
            trainings,
            comparison["end"],
            results.rows("compare_batchnorm_mnist"),
            layers["mnist_nobn"],
            params["train"]["mnist"],
        ),
        training.predictions_answer(
            results.metrics("mnist/predictions"),
            results.rows("show_predictions_confusion"),
            params["show_predictions"]["images"],
        ),
        structure.shapes_answer(layers["mnist_nobn"], layers["mnist_bn"]),
        structure.parameters_answer(layers["mnist_nobn"], networks),
        structure.neurons_answer(layers["mnist_nobn"], networks),
        batchnorm_answer(
            comparison,
            results.metrics("timing/batchnorm_mnist"),
            trainings,
            params["train"]["mnist"]["target_accuracy"],
        ),
    ]


def looking_inside(results: Results) -> list[Answer]:
    """Answer part 2."""
    activations = results.metrics("mnist/activations")
    layers = results.metrics("networks/layers")["mnist_nobn"]
    return [
        visualize.filters_answer(activations),
        visualize.higher_filters_answer(activations, layers),
        visualize.activations_answer(activations, results.params["visualize"]["images"]),
        occlusion_answer(
            results.metrics("mnist/occlusion"), results.metrics("explain/mnist"), results.params
        ),
    ]


def attacks(results: Results) -> list[Answer]:
    """Answer part 3."""
    found = results.gathered("attacks", "nontargeted", "targeted", "noise")
    params = results.params
    pixels = structure.pixels_of(results.metrics("networks/layers")["mnist_nobn"])
    return [
        nontargeted.images_answer(found["nontargeted"], params["attack_nontargeted"]),
        nontargeted.looks_answer(found["nontargeted"]),
        nontargeted.cost_answer(found["nontargeted"]),
        targeted.images_answer(found["targeted"], params["attack_targeted"], pixels),
        targeted.looks_answer(found["targeted"], found["nontargeted"]["nearest_digit_mse"]),
        noise.noise_answer(found["noise"], params["attack_noise"], pixels),
        noise.transfer_answer(found["noise"], results.rows("attack_noise_transfer")),
    ]


def robustness(results: Results) -> list[Answer]:
    """Answer what goes beyond the sheet."""
    record, params = results.metrics("robust_accuracy/mnist"), results.params
    settings = params["evaluate_robustness"]
    return [
        robustness_answer(
            results.metrics("mnist/robustness_comparison"), params["compare_robustness"], "A"
        ),
        Answer(
            number="B",
            question="Beyond the sheet: what is the robust accuracy within L-infinity balls? "
            + robust_accuracy.definition(record, ROBUST_NAMES),
            answer=robust_accuracy.halving_verdict(record, ROBUST_NAMES, str),
            rule="An ε counts where Wilson's 95 % interval of the accuracy is below one half.",
            numbers=record["networks"],
            evidence=robust_accuracy.evidence(
                record, ROBUST_NAMES, settings, "plots/draw_robust_accuracy/mnist.png", str
            ),
        ),
        robust_answer(
            results.metrics("mnist/robust"), results.metrics("mnist/robust_comparison"), params, "C"
        ),
    ]


def compared_report(results: Results, assets: Mapping[str, Any]) -> list[Part]:
    """Compare a student's report, unless the data are not the same."""
    if assets["mnist"]["stand_in"]:
        return []
    return [
        Part(
            title="A student's report, compared",
            content=student_report.comparison(
                results.gathered("mnist", *training.NAMES),
                results.metrics("timing/batchnorm_mnist")["ratio"],
                results.metrics("networks"),
                results.metrics("networks/layers")[student_report.VARIANT],
                results.metrics("attacks/nontargeted")["min_confidence"],
            ),
        )
    ]


def looked_into(results: Results) -> dict[str, Any]:
    """Gather the records of the stages that look into or attack the network, by stage."""
    return {
        "visualize": results.metrics("mnist/activations"),
        "occlude": results.metrics("mnist/occlusion"),
        "explain@mnist": results.metrics("explain/mnist"),
        "attack_nontargeted": results.metrics("attacks/nontargeted"),
        "attack_targeted": results.metrics("attacks/targeted"),
        "attack_noise": results.metrics("attacks/noise"),
    }


def machines(results: Results) -> dict[str, Any]:
    """Gather what computed the trainings, by the name of the column."""
    files = {
        "Without batch norm": "mnist_nobn",
        "With batch norm": "mnist_bn",
        "Adversarial training": "mnist_robust",
        "Timed epochs": "batchnorm_mnist",
    }
    return {name: results.metrics(f"timing/{file}") for name, file in files.items()}
