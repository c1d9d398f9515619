"""Figures of minimal perturbations."""

from pathlib import Path

import numpy as np

from foolproof.attacks.evaluate_minimal import PairMeasures
from foolproof.figures.evaluate_minimal import draw_changes, draw_norms
from foolproof.figures.predicted_image import PredictedImage
from foolproof.figures.style import save_figure

METHODS = {"normalized_steps": "normalized gradient steps", "ddn": "DDN"}


def image(name: str, offset: float) -> PredictedImage:
    return PredictedImage(np.full((8, 8, 3), 0.5 + offset), name, 0.7)


def measures(method: str, rank: int, *, success: bool, l2: float) -> PairMeasures:
    return PairMeasures(
        method=method,
        photo="cat.jpg",
        target="cucumber",
        rank=rank,
        target_before=0.1,
        target_after=0.5,
        true_before=0.8,
        true_after=0.4,
        success=success,
        l2=l2,
        linf=l2 / 255,
        psnr=40.0,
    )


def test_row_shows_original_perturbation_and_result_of_each_target() -> None:
    originals = [image("bell pepper", 0)] * 2
    result = image("cucumber", 2 / 255)
    named = {"DDN, rank 2": result, "DDN, rank 1000": result}
    figure = draw_changes(originals, [named, {"DDN, rank 2": result}], title="a network")
    first, change, second, *_ = figure.axes
    assert first.get_title() == "bell pepper\n70.0 %"
    norm = 2 / 255 * np.sqrt(8 * 8 * 3)
    assert change.get_title() == f"L2 norm {norm:.2f}\n±2.0 of 255"
    assert second.get_title() == "cucumber\n70.0 %"
    assert second.get_xlabel() == "DDN, rank 2"
    assert figure.axes[4].get_xlabel() == "DDN, rank 1000"
    # The second photo has one target.
    assert [axis.axison for axis in figure.axes[5:]] == [True, True, True, False, False]


def test_medians_are_over_the_successes_of_a_rank() -> None:
    rows = [
        measures(method, rank, success=size < 9, l2=size)
        for method in METHODS
        for rank, size in ((2, 1.0), (2, 3.0), (2, 99.0), (100, 5.0))
    ]
    figure = draw_norms(rows, METHODS, title="mobilenet_v2")
    norms, largest = figure.axes[:2]
    medians = norms.containers
    assert [each.get_label() for each in medians] == [
        "normalized gradient steps: median",
        "DDN: median",
    ]
    # Shifted beside the points of the other method.
    np.testing.assert_allclose(medians[0][0].get_xydata(), [[0.94 * 2, 2], [0.94 * 100, 5]])
    np.testing.assert_allclose(largest.containers[0][0].get_ydata(orig=False), [2, 5])


def test_median_of_six_pairs_has_an_interval() -> None:
    rows = [measures("ddn", 2, success=True, l2=float(size)) for size in range(1, 7)]
    figure = draw_norms(rows, {"ddn": "DDN"}, title="mobilenet_v2")
    (bars,) = figure.axes[0].containers[0][2]
    (segment,) = bars.get_segments()
    assert segment[:, 1].tolist() == [1, 6]


def test_only_the_ranks_are_named_below_the_axis() -> None:
    """Also of a single rank, whose axis spans a small part of a decade."""
    rows = [measures(method, 10, success=True, l2=1.0) for method in METHODS]
    figure = draw_norms(rows, METHODS, title="mobilenet_v2")
    figure.canvas.draw()
    for axis in figure.axes[:2]:
        texts = [label.get_text() for label in axis.get_xticklabels(which="both")]
        assert [text for text in texts if text] == ["10"]


def test_figure_without_success_says_so(tmp_path: Path) -> None:
    rows = [measures(method, 2, success=False, l2=1.0) for method in METHODS]
    figure = draw_norms(rows, METHODS, title="mobilenet_v2")
    assert [axis.texts[0].get_text() for axis in figure.axes] == ["no attack succeeded"] * 2
    save_figure(figure, tmp_path / "norms.png", source="Data: made up")
