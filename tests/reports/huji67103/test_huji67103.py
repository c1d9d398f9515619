"""The report of HUJI 67103: its sentences follow the numbers that it reads."""

import pytest
import yaml

from foolproof.compute.intervals import rate_with_interval
from tests.reports.conftest import Metrics, Report, assert_reproducible, project_params, stand_in
from tests.reports.huji67103.records import ablated, minimal, ratio, scored


def test_numbers_come_from_the_metrics(report: Report, metrics: Metrics) -> None:
    text = report.text(metrics)
    for number in (
        "For 2 of 2 (100 %, 95 % interval 34–100 %) units, each of the 5 optimized images ",
        "−1.05 ± 0.05 (n = 20) for photos, −0.13 ± 0.05 (n = 20) for class-maximizing images "
        "on pixels and −0.90 ± 0.05 (n = 10) with the prior. On the same 10 classes, "
        "the prior brings it closer to that of photos by 0.77 ± 0.05.",
        "for 12 of 20 (60 %, 95 % interval 39–78 %) with Fourier coefficients and random views and "
        "for 0 of 20 (0 %, 95 % interval 0–16 %) with neither.",
        "The difference, +60 ± 24 points (n = 20, paired), is due to both: +28 ± 12 points for the",
        "top-5 transfer by +10 ± 23 points (McNemar",
        "= 1.0), which is not significant.",
        "classified as their target for 40 of 40 (100 %, 95 % interval 91–100 %) pairs",
        "norm of 0.75 (95 % interval 0.68–0.83, n = 20).",
        "rank 1000 needs 1.60 (95 % interval 1.40–1.80, n = 20) times the norm of a target of rank",
        "is 2.00 (95 % interval 1.80–2.20, n = 20) times that of DDN",
        "they stop at the first point across the decision boundary",
        "for “bell pepper” (94 %) the minimum of the probability is 12 %",
        "the area under the curve is smaller by 0.210 ± 0.050 than in random order",
        "it is larger by 0.330 ± 0.050 (paired over 20 photos, 95 % interval).",
        "104, 112",
        "All 2 maps tell which pixels matter",
        "The best deletion score is that of Grad-CAM (0.100 ± 0.020), significantly better than",
        "the best insertion score that of saliency (0.700 ± 0.020), significantly better than all",
        "on average 9.5 ± 0.0. Its mean absolute error is 0.12 ± 0.02.",
        "(iv) 9 × 9 pixels",
        "verified on all 8 random networks",
        "13 of 50 starts end with two or more examples collapsed",
        "while of the starts of the same network 35 of 50 (70",
    ):
        assert number in text, number
    assert "else [" not in text, "a rule that Typst took for text"


def test_units_that_a_photo_activates_more_are_counted(report: Report, metrics: Metrics) -> None:
    neurons = metrics["metrics/neurons/feature_visualization.json"]
    neurons["units_above_photos"] = rate_with_interval(1, 2)
    neurons["units_closer_to_photos_by"]["l2"] |= {"mean": 0.02}
    text = report.text(metrics)
    assert "For 1 of 2 (50 %, 95 % interval 9–91 %) units, each of the 5 optimized images" in text
    assert "(n = 2), are: total variation (0.30 ± 0.05), all (0.30 ± 0.05) and Fourier" in text


def test_verdicts_follow_the_numbers(report: Report, metrics: Metrics) -> None:
    neurons = metrics["metrics/neurons/feature_visualization.json"]
    neurons["closer_to_photos_by"]["prior"] |= {"mean": -0.2}
    neurons["own_minus_transfer_top1"]["pixels"] |= {"mean": 0.05}
    attack = metrics["metrics/attacks/minimal.json"]
    attack |= {"last_rank_over_first": ratio(1.1), "normalized_steps_over_ddn": ratio(1.1)}
    metrics["metrics/photos/occlusion.json"]["scored"] = scored(0.04, -0.01)
    text = report.text(metrics)
    assert "the prior brings it farther from that of photos by 0.20 ± 0.05" in text
    assert "specific to their network" not in text
    assert "do not differ significantly: their paired ratio is 1.10 (95 % interval 0.90" in text
    assert "as a geometric mean over photos: no significant difference." in text
    assert "does not differ significantly from deletion in random order" in text


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (
            (0, 12, 0, 12),
            "is due to the parametrization, +60 ± 24 points at equal views; an effect",
        ),
        (
            (0, 0, 12, 12),
            "is due to the views, +60 ± 24 points at equal parametrization; an effect",
        ),
        ((0, 0, 0, 12), "is due to the two together: neither alone has a significant gain"),
        ((0, 12, 0, 6), "at equal views; the views lower it by 15 ± 11."),
        ((2, 2, 2, 2), "points (n = 20, paired), is not significant."),
        ((12, 6, 6, 0), "is a loss: −30 ± 12 points for the parametrization at equal views"),
    ],
)
def test_source_of_the_gain_is_named_as_it_was_found(
    report: Report, metrics: Metrics, counts: tuple[int, int, int, int], sentence: str
) -> None:
    neurons = metrics["metrics/neurons/feature_visualization.json"]
    neurons["ablation"]["top5"] = ablated(*counts)
    assert sentence in report.text(metrics)


def test_report_compiles_without_successful_attack(report: Report, metrics: Metrics) -> None:
    attack = metrics["metrics/attacks/minimal.json"]
    failed = {"normalized_steps": minimal(None), "ddn": minimal(None)}
    attack |= {"success_rate": failed["ddn"]["success_rate"], "median_l2": None}
    attack |= {"methods": failed, "normalized_steps_over_ddn": None, "last_rank_over_first": None}
    attack["by_rank"] = {"2": failed, "1000": failed}
    text = report.text(metrics)
    assert "for 0 of 20 (0 %, 95 % interval 0–16 %) pairs of photo and target." in text


def test_networks_without_common_classes_have_no_transfer_rate(
    report: Report, metrics: Metrics
) -> None:
    neurons = metrics["metrics/neurons/feature_visualization.json"]
    nothing = dict.fromkeys(neurons["transfer_top5_by_method"])
    keys = ("transfer_top5_by_method", "transfer_top1_by_method", "own_minus_transfer_top1")
    neurons |= {"common_classes": 0, "photos": 1, "ablation": None, "prior": None}
    rates = neurons["transfer_top5_by_method"]
    text = report.text(
        metrics
        | {"metrics/neurons/feature_visualization.json": neurons | dict.fromkeys(keys, nothing)}
    )
    assert "squeezenet1_1 has none of the 20 classes of the class-maximizing images" in text
    assert "specific to their network" not in text
    assert "any of the one photo" not in text
    assert "more than the one photo." in text
    neurons |= {"common_classes": 3, "transfer_network_classes": 4}
    assert "has 4 classes only, each of which is in its top 5" in report.text(metrics)
    neurons |= {"ablation": {name: ablated(0, 5, 6, 12) for name in ("top5", "top1")}}
    neurons |= {"transfer_top5_by_method": rates}
    assert "Of 3 class-maximizing images whose class it has, squeezenet1_1" in report.text(metrics)


def test_predicted_classes_and_missing_ranks_are_named(report: Report, metrics: Metrics) -> None:
    attack = metrics["metrics/attacks/minimal.json"]
    attack |= {"photos_by": "prediction", "labelled_photos": 0, "classes": 10}
    attack |= {"ranks_left_out": [100, 1000]}
    attack["by_rank"].pop("1000")
    text = report.text(metrics)
    assert "of 20 photos, none has a label among its classes." in text
    assert "the classes of rank 2 of 10 by its own probabilities" in text
    assert "So few classes have no rank 100 and 1000" in text


@pytest.mark.parametrize(
    ("gains", "sentence"),
    [
        ((0.2, 0.01), "For the least important ones there is no such difference"),
        ((0.01, 0.2), "For the most important ones there is no such difference"),
    ],
)
def test_verdict_on_deletion_follows_the_intervals(
    report: Report, metrics: Metrics, gains: tuple[float, float], sentence: str
) -> None:
    metrics["metrics/photos/occlusion.json"]["scored"] = scored(*gains)
    text = report.text(metrics)
    assert sentence in text
    assert "The maps are informative" not in text


@pytest.mark.parametrize(("fill", "colour"), [(0, "black"), (1, "white"), (0.5, "grey (0.5)")])
def test_colour_of_blocks_follows_fill(
    report: Report, metrics: Metrics, fill: float, colour: str
) -> None:
    path = report.root / "params.yaml"
    params = yaml.safe_load(path.read_text())
    params["occlude_photos"]["fill"] = fill
    path.write_text(yaml.safe_dump(params))
    text = report.text(metrics)
    assert f"filled with {colour}, are centred" in text
    assert ("black" in text.lower().replace("settings", "")) == (colour == "black")


def test_replaced_and_enlarged_photos_are_named(report: Report, metrics: Metrics) -> None:
    photo = metrics["metrics/photos/occlusion.json"]["photos"][0]
    photo |= {"requested": "owl.jpg", "replaced": True, "enlarged": True}
    text = report.text(metrics)
    assert "bell pepper.jpg in place of owl.jpg." in text
    assert "There are fewer photos than the 3 that params.yaml names." in text
    assert "therefore enlarged: bell pepper.jpg" in text


def test_stand_ins_are_named_loudly(report: Report, metrics: Metrics) -> None:
    network = project_params()["feature_visualization"]["transfer_network"]
    metrics["metrics/assets.json"][network] = stand_in()
    text = report.text(metrics)
    assert f"not from {network.upper()} itself" in text


def test_equal_inputs_give_equal_bytes_without_a_warning(
    report: Report, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    assert_reproducible(report, metrics, caplog)
