"""CIS680, question 4.3: transfer to other networks."""

import copy

import pytest

from foolproof.answers.cis680.transfer import (
    NAMES,
    architecture_text,
    control_text,
    grows,
    others_verdict,
    retrained_verdict,
    security_blocks,
    strength_verdict,
    transfer_answer,
)
from foolproof.compute.intervals import rate_with_interval
from tests.answers.cis680.records import (
    Metrics,
    by_strength,
    change,
    one_sided,
    rates,
    transfer,
)
from tests.answers.cis680.texts import words
from tests.answers.compiled import project_params
from tests.answers.recorded import interval

PARAMS = project_params()
SETTINGS, TRAININGS = PARAMS["attack_one_sided"], PARAMS["train"]


def text_of(record: Metrics) -> str:
    """Write the answer."""
    return words(transfer_answer(record, SETTINGS, TRAININGS))


# Error rates of the networks on the usual attack and on shuffled perturbations, then on attacks of
# increasing strength; and the expected sentences.
TRANSFER_CASES: list[tuple[float, float, list[float | None], list[str]]] = [
    (
        0.8,
        0.01,
        [0.5, 0.7, 0.9],
        [
            "Most of the images transfer to the retrained network",
            "Most transfer to another architecture, too.",
            "retraining is no defence.",
        ],
    ),
    (
        0.2,
        0.01,
        [0.1, 0.2, 0.3],
        [
            "Some of the images transfer to the retrained network",
            "Some transfer to another architecture, too.",
            "transfer: retraining is a partial defence.",
        ],
    ),
    (
        0.02,
        0.01,
        [0.01, 0.02, 0.02],
        [
            "A transfer to the retrained network is not shown",
            "and neither is that of stronger ones.",
            "That stronger attacks transfer is not shown.",
        ],
    ),
    (
        0.8,
        0.79,
        [0.2, 0.2, 0.2],
        [
            "A transfer to the retrained network is not shown",
            "but stronger ones do transfer.",
            "That stronger attacks transfer more is not shown.",
        ],
    ),
    (
        0.02,
        0.01,
        [0.02, None, 0.9],
        [
            "A transfer to the retrained network is not shown",
            "but stronger ones do transfer.",
            "retraining is no defence.",
        ],
    ),
]


@pytest.mark.parametrize("case", range(len(TRANSFER_CASES)))
def test_transfer_verdict_is_relative_to_shuffled_perturbations_and_depends_on_strength(
    case: int,
) -> None:
    error, shuffled, errors, sentences = TRANSFER_CASES[case]
    record = one_sided() | by_strength({"confidence": errors, "steps": errors})
    record["untargeted"]["transfer"] = transfer(991, error, shuffled)
    answer = transfer_answer(record, SETTINGS, TRAININGS)
    for sentence in sentences:
        assert sentence in answer.answer
    others = {sentence for *_, said in TRANSFER_CASES for sentence in said} - set(sentences)
    assert not [sentence for sentence in others if sentence in answer.answer]
    assert "Perturbations of such a norm" not in words(answer)
    assert sentences[0] in answer.glance
    assert sentences[2] in answer.glance
    assert "shuffled" not in answer.glance


@pytest.mark.parametrize("network", ["second", "nobn", "bn"])
@pytest.mark.parametrize(
    ("excess", "word"), [(0.6, "Most"), (0.1, "Some"), (0.0, "A transfer"), (-0.6, "A transfer")]
)
def test_verdict_flips_with_the_excess_of_a_network(network: str, excess: float, word: str) -> None:
    record = one_sided()
    record["untargeted"]["transfer"] = transfer(991, 0.01)
    networks = record["untargeted"]["transfer"]["networks"]
    networks[network] = copy.deepcopy(networks[network]) | {"excess": change(excess)}
    verdict = retrained_verdict if network == "second" else others_verdict
    assert verdict(record).startswith(word)


@pytest.mark.parametrize(("mean", "grown"), [(0.5, True), (0.0, False), (-0.5, False)])
def test_growth_flips_with_its_sign(mean: float, *, grown: bool) -> None:
    record = one_sided()
    for growth in record["transfer_growth"].values():
        growth["excess"]["mean"] = mean
    assert grows(record) == grown
    assert strength_verdict(record).startswith("The stronger the attack") == grown


def test_answer_without_images_is_one_sentence() -> None:
    nothing: list[float | None] = [None, None, None]
    record = one_sided() | by_strength({"confidence": nothing, "steps": nothing})
    for kind in ("untargeted", "targeted"):
        record[kind]["transfer"] = transfer(0, None)
    answer = transfer_answer(record, SETTINGS, TRAININGS)
    assert answer.answer == (
        "No adversarial image was found, so nothing can be said about the retrained network."
    )
    text = words(answer)
    assert "What it means for security" not in text
    assert "Of the untargeted images" not in text
    assert "From 50 %" not in text


def test_errors_by_the_norm_alone_are_reported() -> None:
    record = one_sided()
    found = record["transfer_by_strength"]["steps"][0]["networks"]["second"]
    found["shuffled_error_rate"] = rate_with_interval(228, 500)
    assert control_text(record) == ""
    found["shuffled_excess"] = change(0.45)
    text = control_text(record)
    assert "Perturbations of such a norm cause errors without a pattern, too (up to 228 of" in text


def test_growth_names_its_images_and_its_interval() -> None:
    record = one_sided()
    record["transfer_growth"]["confidence"]["excess"]["ci95"] = 0.5
    text = text_of(record)
    assert "From 20 steps to 80 steps, on the 432 images that both have, the error of the" in text
    assert "From 50 % to 99.9 %, on the 432 images" in text
    assert "+17.0 points (95 % interval 15.0 to 19.0, n = 432)" in text
    assert "(95 % interval −33.0 to 67.0, n = 432), not significantly." in text
    assert "+70.0 points (95 % interval 65.0 to 75.0, n = 432)." in text
    assert "The farther an image is beyond" not in text
    assert "The farther an image is beyond" in text_of(one_sided())


def test_missing_growth_is_left_out() -> None:
    record = one_sided()
    record["transfer_growth"] = {"confidence": None, "steps": None}
    text = text_of(record)
    assert "that both have" not in text
    assert not grows(record)
    assert "The farther" not in text


def test_retrained_network_is_distinguished_from_other_architectures() -> None:
    record = one_sided()
    assert "with the same architecture is more frequent" not in text_of(record)
    found = record["untargeted"]["transfer"]
    found["networks"]["second"] = rates(0.6)
    found["retrained_over"] = {"nobn": interval(0.5, 0.02, 500), "bn": interval(0.4, 0.02, 500)}
    text = text_of(record)
    assert "Most of the images transfer to the retrained network: it misclassifies 300 of" in text
    assert "the retrained network misclassifies 300 of 500 (60 %" in text
    assert "shuffled perturbations of +59.0 points (95 % interval 57.0 to 61.0" in text
    assert "of these errors 225 of 300 (75 %" in text
    assert "with the same architecture is more frequent, at 90 %" in text
    assert "+50.0 points (95 % interval 48.0 to 52.0, n = 500)" in text
    found["retrained_over"]["bn"] = interval(-0.4, 0.02, 500)
    assert "with the same architecture is more frequent" not in text_of(record)


def test_other_settings_of_the_trainings_are_a_caution() -> None:
    over = {"nobn": interval(0.5, 0.02, 500), "bn": interval(0.4, 0.02, 500)}
    text = architecture_text(over, 0.9, TRAININGS)
    assert "They differ in optimizer, learning rate" in text
    assert "the architecture alone need not be the cause" in text
    same = TRAININGS | {"mnist": TRAININGS["cis680"]}
    assert "They differ" not in architecture_text(over, 0.9, same)


def test_errors_without_a_common_class_are_left_out() -> None:
    record = one_sided()
    for kind in ("untargeted", "targeted"):
        networks = record[kind]["transfer"]["networks"]
        networks["second"] = networks["second"] | {"same_class_of_errors": None}
    assert "of these errors" not in text_of(record)


def test_secret_weights_are_no_defence_only_where_images_transfer() -> None:
    sentence = "Secret weights are not a sufficient defence"
    assert sentence in words(*security_blocks(one_sided(), 0.9, TRAININGS))
    record = one_sided() | by_strength({"confidence": [0.01] * 3, "steps": [0.01] * 3})
    text = words(*security_blocks(record, 0.9, TRAININGS))
    assert sentence not in text
    assert f"with {len(NAMES)} networks, one of them retrained" in text
