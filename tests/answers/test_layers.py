"""The table of a network's layers."""

from typing import Any

from foolproof.answers.layers import layers_table


def layer(**changes: Any) -> dict[str, Any]:
    return {
        "name": "conv1",
        "kind": "Conv2d",
        "input_shape": [1, 28, 28],
        "output_shape": [32, 28, 28],
        "parameters": 320,
        "neurons": 25088,
        "receptive_field": 3,
    } | changes


def rows(*layers: dict[str, Any]) -> list[list[str]]:
    table = layers_table(layers, caption="A network.", label="tab-layers")
    assert table.label == "tab-layers"
    assert all(len(row) == len(table.header) for row in table.rows)
    return [[cell.replace("\u00a0", " ") for cell in row] for row in table.rows]


def test_a_layer_is_listed_with_shapes_and_counts() -> None:
    row = ["`conv1`", "convolution", "1 × 28 × 28", "32 × 28 × 28", "320", "25,088", "3"]
    assert rows(layer()) == [row]


def test_what_a_layer_does_not_have_is_a_dash_and_the_whole_image_is_all() -> None:
    flat = layer(
        name="flatten",
        kind="Flatten",
        output_shape=[1568],
        parameters=0,
        neurons=0,
        receptive_field=None,
    )
    assert rows(flat) == [["`flatten`", "flatten", "1 × 28 × 28", "1,568", "–", "–", "all"]]


def test_a_kind_without_a_name_keeps_that_of_its_class() -> None:
    assert rows(layer(kind="Odd"))[0][1] == "Odd"
