"""Figures of images that maximize the activation of units and classes."""

import numpy as np

from foolproof.explain.evaluation import Classification
from foolproof.figures.evaluate_feature_visualization import (
    draw_ablation,
    draw_class_images,
    draw_spectra,
    draw_units,
)

IMAGES = np.random.default_rng(0).random((2, 3, 8, 8))


def test_units_have_maximally_activating_photo_and_optimized_images() -> None:
    figure = draw_units(
        ["first:1", "blocks.second:3"],
        [(IMAGES[0], 1.234), (IMAGES[1], 2.5)],
        {"no regularizer": (IMAGES, [7.0, 8.0]), "L2": (IMAGES, [5.0, 6.0])},
        title="mobilenet_v2",
    )
    axes = np.array(figure.axes).reshape(2, 3)
    assert axes[0, 0].get_title() == "1.23"
    assert [axis.get_ylabel() for axis in axes[:, 0]] == ["first:1", "blocks\n.second:3"]
    assert [axis.get_title() for axis in axes[1, 1:]] == ["8.00", "6.00"]
    assert [axis.get_xlabel() for axis in axes[1]] == [
        "maximally\nactivating photo",
        "no regularizer",
        "L2",
    ]


def test_class_images_show_the_classification_by_both_networks() -> None:
    own = [Classification(1, probability, "goldfish") for probability in (0.999, 0.5, 0.5)]
    transfer = [Classification(rank, None, "goldfish") for rank in (3, 6, None)]
    images = np.concatenate([IMAGES, IMAGES[:1]])
    figure = draw_class_images(
        images,
        ["goldfish", "castle", "owl"],
        own,
        transfer,
        title="no prior",
        transfer_network="squeezenet1_1",
    )
    first, second, third, empty = figure.axes[:4]
    assert third.get_title() == "owl\n50.0 % · no such class"
    assert first.get_title() == "goldfish\n99.9 % · rank 3"
    assert first.title.get_color() != second.title.get_color()
    assert not empty.axison


def test_ablation_has_a_row_for_each_class_with_all_methods() -> None:
    known, unknown = (Classification(1, 0.5, "goldfish"), Classification(None, None, "goldfish"))
    figure = draw_ablation(
        {"pixels": IMAGES, "prior": IMAGES[:1]},
        ["goldfish", "castle"],
        {"pixels": "pixels", "prior": "prior"},
        {"pixels": [known, known], "prior": [known]},
        {"pixels": [known, unknown], "prior": [Classification(9, 0.1, "castle")]},
        title="mobilenet_v2",
        transfer_network="squeezenet1_1",
    )
    axes = np.array(figure.axes).reshape(2, 2)
    assert [axis.get_ylabel() for axis in axes[:, 0]] == ["goldfish", "castle"]
    assert axes[0, 0].get_title() == "pixels\n50.0 % · rank 1"
    assert axes[0, 1].get_title() == "prior\n50.0 % · rank 9"
    assert axes[1, 0].get_title() == "50.0 % · no such class"
    assert not axes[1, 1].images


def test_spectra_are_relative_to_their_lowest_frequency() -> None:
    frequencies = np.array([0.01, 0.1, 0.5])
    figure = draw_spectra(
        {
            "none": (frequencies, np.array([4.0, 3.0, 2.0])),
            "photos": (frequencies, 1 / frequencies),
        },
        {"none": "no prior", "photos": "photos"},
        title="mobilenet_v2",
    )
    lines = figure.axes[0].lines
    assert [line.get_label() for line in lines] == [
        "no prior",
        "photos",
        "1 / frequency",
    ]
    np.testing.assert_allclose(np.asarray(lines[0].get_ydata()), [1, 0.75, 0.5])
    np.testing.assert_allclose(np.asarray(lines[1].get_ydata()), np.asarray(lines[2].get_ydata()))
