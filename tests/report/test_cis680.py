"""The report of CIS680: its sentences follow the numbers that it reads."""

import copy
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from foolproof.files import write_csv
from foolproof.models.structure import describe
from foolproof.models.table1 import table1_cnn
from tests.report import conftest
from tests.report.conftest import (
    DIGEST,
    OTHER_DIGEST,
    Metrics,
    fill_root,
    project_params,
    real_mnist,
    stand_in,
)

PICTURES = {
    "table1": "curves",
    "toys": (
        "surface_output surface_l2 surface_l2_gradient surface_cross_entropy "
        "surface_cross_entropy_gradient surfaces_relu slice descent xor xor_loss xor_failures"
    ),
    "attacks": "constrained_examples constrained_ink constrained_grid constrained_transfer",
}
REASONS = ("two_merged", "three_merged", "four_merged", "descending")
NETWORKS = ("first", "second", "nobn", "bn")
OTHERS = [(i, j) for i in range(10) for j in range(10) if i != j]


def training(accuracy: float) -> dict[str, Any]:
    return {
        "test_accuracy": accuracy,
        "test_loss": 0.0321,
        "training_accuracy": 0.9975,
        "training_loss": 0.0123,
        "seed": 7,
        "weights_sha256": DIGEST,
    }


def descent(l2: int | None, cross_entropy: int | None) -> dict[str, Any]:
    """Give the steps under both losses; None where a descent did not converge."""
    both = l2 is not None and cross_entropy is not None
    return {
        "l2": l2,
        "cross_entropy": cross_entropy,
        "l2_converged": l2 is not None,
        "cross_entropy_converged": cross_entropy is not None,
        "ratio": l2 / cross_entropy if both and l2 and cross_entropy else None,
    }


def quantiles(median: float | None) -> dict[str, float | None]:
    shares = {"min": 0.2, "q05": 0.5, "q25": 0.7, "median": 1, "q75": 1.4, "q95": 2, "max": 3}
    return {
        name: None if median is None else share * median
        for name, share in (shares | {"mean": 1.1}).items()
    }


def seen(error: float | None, random_ink: float | None = 0.01) -> dict[str, float | None]:
    nothing = error is None
    return {
        "error_rate": error,
        "same_class_rate": error,
        "mean_confidence": None if nothing else 0.931,
        "clean_error_rate": None if nothing else 0.004,
        "random_ink_error_rate": None if nothing else random_ink,
    }


def transfer(images: int, error: float | None, random_ink: float = 0.01) -> dict[str, Any]:
    """Give what all networks but the attacked one see with the same error."""
    networks = dict.fromkeys(NETWORKS, seen(error, random_ink))
    amount = None if error is None else 61.7
    return {
        "images": images,
        "mean_l1": amount,
        "random_ink_mean_l1": amount,
        "networks": networks | {"first": seen(None if error is None else 1.0, random_ink)},
    }


def attack(attacked: int, successes: int, steps: float | None, error: float | None) -> Metrics:
    def times(factor: float) -> dict[str, float | None]:
        return quantiles(None if steps is None else factor * steps)

    return {
        "attacked": attacked,
        "successes": successes,
        "success_rate": successes / attacked if attacked else None,
        "min_confidence": 0.901 if successes else None,
        "steps": times(1),
        "l0": times(14),
        "l1": times(2),
        "linf": times(0.004),
        "transfer": transfer(successes, error),
    }


def by_strength(errors: dict[str, list[float | None]]) -> dict[str, list[Metrics]]:
    """Give the transfer at rising confidences and numbers of steps, in an order of no meaning."""
    levels: dict[str, list[float]] = {"confidence": [0.5, 0.9, 0.999], "steps": [20, 40, 80]}
    return {
        name: [
            {name: level, **transfer(0 if error is None else 500, error)}
            for level, error in reversed(list(zip(levels[name], errors[name], strict=True)))
        ]
        for name in levels
    }


def pair_table(value: float | None) -> list[list[float | None]]:
    return [[None if i == j else value for j in range(10)] for i in range(10)]


@pytest.fixture
def metrics() -> Metrics:
    """Give what the stages write, by path, in sizes that differ from those of the project."""
    network = describe(table1_cnn(), (1, 28, 28))
    layers = network.pop("layers")
    steps = pair_table(33.0)
    steps[1][8], steps[8][1] = 21.0, 57.0
    return {
        "metrics/assets.json": {"mnist": real_mnist()},
        "metrics/networks.json": {"table1": network},
        "metrics/networks/layers.json": {"table1": layers},
        "metrics/table1.json": {"first": training(0.9912), "second": training(0.9934)},
        "metrics/toys.json": {
            "surfaces": {
                "target": 0.5,
                "vanishing": {
                    "l2": {
                        "share_below_threshold": 0.4,
                        "least_off_minimum": 6.1e-6,
                        "least_at_sum": 12.0,
                    },
                    "cross_entropy": {
                        "share_below_threshold": 0.012,
                        "least_off_minimum": 0.037,
                        "least_at_sum": 0.15,
                    },
                },
                "greatest_l2_gradient": {
                    "at_sum": 1.317,
                    "gradient": 0.09623,
                    "at_sum_on_grid": 1.35,
                    "gradient_on_grid": 0.09617,
                },
                "gradients_by_sum": {
                    "12": {"l2": 6.1e-6, "cross_entropy": 0.5, "ratio": 81377.6},
                    "2": {"l2": 0.08, "cross_entropy": 0.38, "ratio": 4.76},
                    "-4": {"l2": 0.017, "cross_entropy": 0.48, "ratio": 28.3},
                },
                "descent_by_sum": {
                    "12": descent(None, 17),
                    "2": descent(18, 7),
                    "-4": descent(47, 9),
                },
                "relu_zero_gradient_share": 0.506,
            },
            "xor": {
                "seeds": 50,
                "log2": 0.6931471805599453,
                "solved": 0.7,
                "solved_linear": 0.0,
                "solved_by_std": {"0.1": 0.9, "2": 0.3, "10": 0.2},
                "reasons": {
                    "two_merged": 13,
                    "three_merged": 0,
                    "four_merged": 0,
                    "descending": 2,
                },
                "steps_to_solve": {"median": 187.0, "least": 123, "greatest": 401},
                "stuck": {
                    "two_merged": stuck(starts=60, upwards=60),
                    "descending": stuck(starts=7, upwards=0),
                },
                "best_loss_linear": 0.6931471805599453,
                "linear": {
                    "least_excess_loss": 0.0,
                    "greatest_excess_loss": 1.7e-7,
                    "greatest_collapsed_weight": 0.0023,
                    "greatest_confidence": 0.5,
                },
                "shown": {
                    "seed": 3,
                    "solved": True,
                    "hidden_weight": [[3.87, -4.0], [-4.1, 3.98]],
                    "hidden_bias": [-1.86, -1.92],
                    "output_weight": [7.33, 7.32],
                    "output_bias": 6.82,
                    "hidden": [[-0.95, -0.96], [-1.0, 0.97], [0.97, -1.0], [-0.96, -0.97]],
                    "probabilities": [0.001, 0.986, 0.985, 0.002],
                },
            },
        },
        "metrics/attacks.json": {
            "constrained": {
                "success_rate": 1.0,
                "median_steps": 27.0,
                "max_violation": 0.0,
                "transfer_rate": 0.05,
                "images": 1000,
                "correct": 991,
                "any_class": attack(991, 991, 27.0, 0.05)
                | {
                    "changes": [[0 if i == j else 11 for j in range(10)] for i in range(10)],
                    "most_common_changes": [
                        {"true": 4, "seen": 9, "count": 112, "share": 0.113},
                        {"true": 7, "seen": 2, "count": 99, "share": 0.0999},
                    ],
                },
                "target": attack(450, 450, 41.0, 0.08)
                | {
                    "images_by_class": [5] * 10,
                    "success_by_pair": pair_table(1.0),
                    "mean_steps_by_pair": steps,
                },
                "transfer_by_strength": by_strength(
                    {"confidence": [0.03, 0.06, 0.2], "steps": [0.1, 0.4, 0.8]}
                ),
                "weights_sha256": DIGEST,
            }
        },
    }


def stuck(*, starts: int, upwards: int) -> dict[str, float]:
    return {
        "starts": starts,
        "least_loss": 0.347,
        "greatest_loss": 0.348,
        "greatest_gradient": 0.0009,
        "least_curvature": -1e-5,
        "greatest_curvature": 6e-5,
        "curved_upwards": upwards,
        "greatest_spread": 0.00098,
    }


def write_curves(root: Path, test_losses: list[float]) -> None:
    """Write curves of two epochs whose test loss is the given one."""
    write_csv(
        root / "plots/table1/curves.csv",
        [
            {
                "epoch": epoch,
                "series": f"{part}, {name} training",
                "loss": loss,
                "error": 0.009,
                "accuracy": 0.991,
            }
            for part in ("training", "test")
            for name in ("first", "second")
            for epoch, loss in enumerate(test_losses, start=1)
        ],
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make the files that the report reads beside its metrics."""
    fill_root(tmp_path, PICTURES, project_params())
    write_curves(tmp_path, [0.05, 0.03])
    return tmp_path


def compile_text(root: Path, metrics: Metrics, name: str = "report") -> str:
    """Compile the report on `metrics` and give its text."""
    return conftest.compile_text(root, "cis680", metrics, name)


def surfaces_of(metrics: Metrics) -> Metrics:
    surfaces: Metrics = metrics["metrics/toys.json"]["surfaces"]
    return surfaces


def xor_of(metrics: Metrics) -> Metrics:
    xor: Metrics = metrics["metrics/toys.json"]["xor"]
    return xor


def attack_of(metrics: Metrics) -> Metrics:
    constrained: Metrics = metrics["metrics/attacks.json"]["constrained"]
    return constrained


def test_numbers_come_from_the_metrics(root: Path, metrics: Metrics) -> None:
    text = compile_text(root, metrics)
    for number in (
        "99.12 %",
        "99.34 %",
        "115,498",
        "its gradient is 81,378 times that of the L2 loss",
        "> 5,000",
        "Of 50 starts 70 % (95 % interval 56–81 %) are solved",
        "in the median after 187 steps",
        "Of 1,000 test images the network classifies 991 correctly",
        "100.00 % (95 % interval 99.61–100.00 %)",
        "28 of 255 grey levels",
        "4 is taken for 9 (11.3 %) and 7 is taken for 2 (10.0 %)",
        "From 1 to 8 it takes 21 steps, from 8 to 1 it takes 57: strokes can be added",
        "From 20 steps to 80 steps the error of the retrained network goes from 10.0 % to 80.0 %",
        "From 50 % to 99.9 % the error",
        "(0,1) only",
    ):
        assert number in text, number
    assert "else [" not in text, "a rule that Typst took for text"


def test_starts_are_in_the_order_of_their_saturation(root: Path, metrics: Metrics) -> None:
    text = compile_text(root, metrics)
    table = text[text.index("Sizes of the gradients, and steps") :]
    assert table.index("18 7 2.6") < table.index("47 9 5.2") < table.index("> 5,000 17 –")
    assert "From a standard deviation of 0.1 to one of 10 the share" in text


DESCENT_CASES: list[tuple[dict[str, Metrics], str]] = [
    (
        {"2": descent(18, 7), "12": descent(None, 17)},
        "From every start, descent on the cross-entropy arrives sooner.",
    ),
    (
        {"2": descent(18, 7), "4": descent(47, 9), "12": descent(None, None)},
        "From most starts where they differ, descent on the cross-entropy arrives sooner.",
    ),
    (
        {"2": descent(7, 18), "12": descent(100, 100)},
        "From most starts where they differ, descent on the L2 loss arrives sooner.",
    ),
    (
        {"2": descent(0, 0), "12": descent(None, None)},
        "Neither loss is ahead on the whole.",
    ),
]


@pytest.mark.parametrize("case", range(len(DESCENT_CASES)))
def test_verdict_on_the_losses_follows_the_descents(
    root: Path, metrics: Metrics, case: int
) -> None:
    descents, _ = DESCENT_CASES[case]
    surfaces_of(metrics)["descent_by_sum"] = descents
    text = compile_text(root, metrics)
    for number, (_, sentence) in enumerate(DESCENT_CASES):
        assert (sentence in text) == (number == case), sentence
    assert ("the greater the lag of the L2 loss" in text) == (case == 0)
    assert ("12 the cross-entropy does not arrive" in text) == (case in (1, 3))


@pytest.mark.parametrize(
    ("solved", "sentence"),
    [
        (1.0, "learns XOR from every random start."),
        (0.94, "learns XOR from nearly every random start."),
        (0.7, "learns XOR from most random starts, but not from all."),
        (0.2, "learns XOR from some random starts only."),
        (0.0, "did not learn XOR from any random start."),
    ],
)
def test_verdict_on_xor_follows_the_share_of_solved_starts(
    root: Path, metrics: Metrics, solved: float, sentence: str
) -> None:
    xor_of(metrics)["solved"] = solved
    assert f"Gradient descent {sentence}" in compile_text(root, metrics)


def test_says_why_starts_fail_where_they_do(root: Path, metrics: Metrics) -> None:
    text = compile_text(root, metrics)
    assert "Why 15 fail (two points merged: 13; still descending: 2)." in text
    assert "the losses of 13 of the failed starts rest." in text
    assert "For 60 of the 67 failed networks" in text
    assert "The wider the starts are spread, the fewer learn XOR." in text

    xor = xor_of(metrics)
    xor |= {"solved": 1.0, "stuck": {}, "reasons": dict.fromkeys(REASONS, 0)}
    xor |= {"solved_by_std": {"0.25": 1.0}}
    text = compile_text(root, metrics)
    assert "With this spread of the starts none fails." in text
    assert "failed networks" not in text
    assert "The wider the starts" not in text


def test_a_perceptron_that_never_learns_is_no_error(root: Path, metrics: Metrics) -> None:
    xor = xor_of(metrics)
    xor |= {"solved": 0.0, "steps_to_solve": None, "solved_by_std": {"0.25": 0.0, "1": 0.4}}
    xor["shown"]["solved"] = False
    text = compile_text(root, metrics)
    assert "in the median after" not in text
    assert "is not solved: to the end its output does not give each label 90 %." in text
    assert "The wider the starts are spread, the more learn XOR." in text


def test_a_measurement_against_the_proof_is_said(root: Path, metrics: Metrics) -> None:
    assert "which cannot compute XOR, and its loss cannot fall below" in compile_text(root, metrics)
    xor_of(metrics)["solved_linear"] = 0.02
    assert "the measurement contradicts the proof" in compile_text(root, metrics)


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (0.99, 0.995, "Both trainings reach the 99 %"),
        (0.9899, 0.995, "Only the second training reaches the 99 %"),
        (0.97, 0.98, "Neither training reaches the 99 %"),
    ],
)
def test_verdict_on_the_accuracy_follows_both_trainings(
    root: Path, metrics: Metrics, first: float, second: float, sentence: str
) -> None:
    trainings = metrics["metrics/table1.json"]
    trainings["first"]["test_accuracy"] = first
    trainings["second"]["test_accuracy"] = second
    assert sentence in compile_text(root, metrics)


def test_overfitting_is_said_where_the_test_loss_rises(root: Path, metrics: Metrics) -> None:
    assert "Neither network overfits" in compile_text(root, metrics)
    write_curves(root, [0.03, 0.05])
    text = compile_text(root, metrics)
    assert "The test loss of the first training and second training has risen again" in text


@pytest.mark.parametrize(
    ("successes", "sentence"),
    [
        (100, "The attack succeeds on every test image that the network classifies correctly."),
        (97, "The attack succeeds on nearly every test image"),
        (60, "The attack succeeds on most, but not reliably."),
        (3, "The attack succeeds on a minority."),
    ],
)
def test_verdict_on_the_attack_follows_its_success(
    root: Path, metrics: Metrics, successes: int, sentence: str
) -> None:
    attack_of(metrics)["any_class"] |= {
        "attacked": 100,
        "successes": successes,
        "success_rate": successes / 100,
    }
    assert sentence in compile_text(root, metrics)


def test_attacks_without_success_are_no_error(root: Path, metrics: Metrics) -> None:
    constrained = attack_of(metrics)
    constrained |= {"success_rate": 0.0, "median_steps": None, "transfer_rate": None}
    constrained["any_class"] |= attack(991, 0, None, None) | {
        "changes": [[0] * 10] * 10,
        "most_common_changes": [],
    }
    constrained["target"] |= attack(0, 0, None, None) | {
        "success_by_pair": pair_table(None),
        "mean_steps_by_pair": pair_table(None),
    }
    constrained["transfer_by_strength"] = by_strength(
        {"confidence": [None, None, None], "steps": [None, None, None]}
    )
    text = compile_text(root, metrics)
    assert "The attack never succeeds." in text
    assert "There was no image to attack." in text
    assert "No adversarial image was found" in text
    assert "What it means for security" not in text


def test_a_broken_constraint_and_other_weights_are_said_loudly(
    root: Path, metrics: Metrics
) -> None:
    text = compile_text(root, metrics)
    assert "no pixel is darker than it was" in text
    assert "CONSTRAINT BROKEN" not in text
    assert "OTHER WEIGHTS" not in text
    attack_of(metrics).update(max_violation=0.25, weights_sha256=OTHER_DIGEST)
    text = compile_text(root, metrics)
    assert "no pixel is darker than it was" not in text
    assert "a pixel breaks the constraints by 0.25" in text
    assert "CONSTRAINT BROKEN" in text
    assert "OTHER WEIGHTS" in text


# The errors of the retrained network and of the others on the usual attack and on random ink, then
# on ever stronger attacks; and what is to be said.
TRANSFER_CASES: list[tuple[float, float, list[float | None], list[str]]] = [
    (
        0.8,
        0.01,
        [0.5, 0.7, 0.9],
        [
            "Most of the images fool the retrained network, too",
            "Most fool a network with other layers as well.",
            "training anew is no protection.",
        ],
    ),
    (
        0.2,
        0.01,
        [0.1, 0.2, 0.3],
        [
            "Some of the images fool the retrained network, too",
            "Some fool a network with other layers as well.",
            "protects in part only.",
        ],
    ),
    (
        0.05,
        0.01,
        [0.02, 0.05, 0.09],
        [
            "The images hardly fool the retrained network.",
            "hardly fooled, by stronger ones neither.",
            "but few to the end",
        ],
    ),
    (
        0.8,
        0.78,
        [0.05, 0.05, 0.05],
        [
            "The images hardly fool the retrained network.",
            "hardly fooled, by stronger ones neither.",
            "does not transfer more",
        ],
    ),
    (
        0.02,
        0.01,
        [0.02, None, 0.9],
        [
            "The images hardly fool the retrained network.",
            "are hardly fooled by them, but are by stronger ones.",
            "training anew is no protection.",
        ],
    ),
]


@pytest.mark.parametrize("case", range(len(TRANSFER_CASES)))
def test_verdict_on_transfer_is_against_random_ink_and_grows_with_the_strength(
    root: Path, metrics: Metrics, case: int
) -> None:
    error, random_ink, errors, sentences = TRANSFER_CASES[case]
    constrained = attack_of(metrics)
    constrained["any_class"]["transfer"] = transfer(991, error, random_ink)
    constrained["transfer_by_strength"] = by_strength({"confidence": errors, "steps": errors})
    text = compile_text(root, metrics)
    assert "So much ink does harm" not in text
    for sentence in sentences:
        assert text.count(sentence) == 2, f"in brief and as an answer: {sentence}"
    others = {sentence for *_, said in TRANSFER_CASES for sentence in said} - set(sentences)
    assert not [sentence for sentence in others if sentence in text]


def test_ink_that_misleads_by_its_amount_alone_is_said(root: Path, metrics: Metrics) -> None:
    point = attack_of(metrics)["transfer_by_strength"]["steps"][0]
    point["networks"]["second"]["random_ink_error_rate"] = 0.456
    text = compile_text(root, metrics)
    assert "So much ink does harm without a pattern, too (up to 45.6 % errors)" in text


def test_the_retrained_network_is_told_from_those_with_other_layers(
    root: Path, metrics: Metrics
) -> None:
    assert "It helps to know the layers" not in compile_text(root, metrics)
    constrained = attack_of(metrics)
    constrained["any_class"]["transfer"]["networks"]["second"] = seen(0.6) | {
        "same_class_rate": 0.45
    }
    text = compile_text(root, metrics)
    assert "Most of the images fool the retrained network, too" in text
    assert "the retrained network errs on 60.0 %, against 0.4 % of their originals" in text
    assert "in 75 % of these errors it sees the same wrong class" in text
    assert "It helps to know the layers: at 90 %" in text


def test_stand_in_data_are_said_loudly_and_real_data_are_not(root: Path, metrics: Metrics) -> None:
    assert "stand-in data" not in compile_text(root, metrics).lower()
    metrics["metrics/assets.json"]["mnist"] = stand_in()
    text = compile_text(root, metrics)
    assert "STAND-IN DATA." in text
    assert "not from MNIST itself: Small digits." in text
    pages = len(PdfReader(root / "report.pdf").pages)
    assert text.count("computed on stand-in data") == pages - 1, "on every page but the first"


def test_equal_inputs_give_equal_bytes(root: Path, metrics: Metrics) -> None:
    compile_text(root, metrics, "first")
    compile_text(root, copy.deepcopy(metrics), "second")
    assert (root / "first.pdf").read_bytes() == (root / "second.pdf").read_bytes()


def test_no_warning_of_the_compiler(
    root: Path, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    compile_text(root, metrics)
    assert caplog.messages == []
