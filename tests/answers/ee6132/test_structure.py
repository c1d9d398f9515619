"""Questions 1.3 to 1.5: shapes, parameters and neurons."""

from foolproof.answers.ee6132.structure import (
    neurons_answer,
    parameters_answer,
    pixels_of,
    shapes_answer,
)
from tests.answers.ee6132.records import structures
from tests.answers.ee6132.words import plain, table, words

COUNTS, LAYERS = structures()
OURS = LAYERS["mnist_nobn"]


def test_shapes_are_those_of_the_layers_and_softmax_is_the_last() -> None:
    answer = shapes_answer(OURS, LAYERS["mnist_bn"])
    assert plain(answer.answer) == (
        "From 1 × 28 × 28 at the input to 32 × 28 × 28 (`conv1`), 32 × 14 × 14 (`pool1`), "
        "32 × 14 × 14 (`conv2`), 32 × 7 × 7 (`pool2`), 500 (`fc1`) and 10 (`fc2`); each layer's "
        "input is the output of the one before (@tab-layers)."
    )
    assert "32 × 7 × 7 after `pool2`, 10 logits" in plain(answer.glance)
    text = words(answer)
    assert "with $k = 3$, $p = 1$, $s = 1$" in text
    assert "`norm1` (32 × 28 × 28) and `norm2` (32 × 14 × 14) follow the convolutions" in text
    assert "1,568" in text
    assert table(answer, "tab-layers").rows[-1][0] == "`softmax`"


def test_parameters_are_counted_by_layer() -> None:
    answer = parameters_answer(OURS, COUNTS)
    assert answer.answer == (
        "799,078 parameters: 9,568 in the convolutional layers and 789,510 in the fully connected "
        "ones."
    )
    rows = table(answer, "tab-parameters").rows
    assert rows[0] == ["`conv1`", "(3² · 1 + 1) · 32", "320"]
    assert rows[2] == ["`fc1`", "(1,568 + 1) · 500", "784,500"]
    assert "98.8 % of the parameters" in words(answer)
    assert "128 parameters in all" in words(answer)


def test_neurons_are_counted_by_layer() -> None:
    answer = neurons_answer(OURS, COUNTS)
    assert answer.answer == (
        "31,870 neurons: 31,360 in the convolutional layers and 510 in the fully connected ones."
    )
    assert "32 · 28 · 28 + 32 · 14 · 14 = 31,360 convolutional and 500 + 10 = 510" in words(answer)


def test_an_image_has_784_pixels() -> None:
    assert pixels_of(OURS) == 28 * 28
