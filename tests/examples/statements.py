"""Statements in the text of each notebook, decided by what its run found.

Each function takes the variables after the last cell, by name, and says which statements hold.
"""

from collections.abc import Callable, Mapping
from math import log
from typing import Any


def statements_of_cis680(found: Mapping[str, Any]) -> dict[str, bool]:
    steps, attacks, labels = found["steps"], found["attacks"], found["labels"]
    second = {
        name: (found["predict"](found["second"], images).argmax(1) != labels).sum()
        for name, images in (
            ("shuffled", found["shuffled"]),
            ("attacked", found["untargeted"].x_adv),
        )
    }
    return {
        "cross-entropy converges sooner, above all from afar": steps["l2"][-1]
        > 10 * steps["cross_entropy"][-1],
        "XOR is solved from the best start": bool(found["xor"].losses[-1].min() < 0.1),
        "without an activation the loss stays above ln 2": bool(
            found["linear"].losses.min() >= log(2) - 1e-9
        ),
        "no pixel becomes darker": bool(
            (found["untargeted"].x_adv >= found["originals"]).all()
            and (found["targeted"].x_adv >= found["originals"]).all()
        ),
        "a chosen class takes more steps": bool(
            found["targeted"].steps.median() > found["untargeted"].steps.median()
        ),
        "PGD succeeds at least as often as FGSM": all(
            many.success.sum() >= one.success.sum()
            for many, one in zip(attacks["PGD"], attacks["FGSM"], strict=True)
        ),
        "PGD succeeds more often at some epsilon": any(
            many.success.sum() > one.success.sum()
            for many, one in zip(attacks["PGD"], attacks["FGSM"], strict=True)
        ),
        "attacked images transfer more often than shuffled ink": bool(
            second["attacked"] > second["shuffled"]
        ),
    }


def statements_of_cs5787(found: Mapping[str, Any]) -> dict[str, bool]:
    result, robust, truth = found["result"], found["robust"], found["truth"]
    probe = found["probes"]["logistic_regression"]
    features = found["features"][~found["part"]]
    model, predict, targets = found["model"], found["predict"], found["targets"]
    rotated = found["manipulate"](result.x_adv, found["MANIPULATIONS"]["rotation"])
    last_view = {
        name: predict(model, found["manipulate"](each.x_adv, found["MANIPULATIONS"]["rotation"]))
        for name, each in found["attacked"].items()
    }
    kept = {name: logits.softmax(1)[0, targets[0]] for name, logits in last_view.items()}
    return {
        "the probe is almost without error": bool((probe.predict(features) == truth).mean() > 0.9),
        "every photo takes its target": bool(result.success.all()),
        "also saved with eight bits": bool(result.success_8_bit.all()),
        "within epsilon": bool((result.linf <= found["EPSILON"] + 1e-6).all()),
        "rotation loses the targets": not bool(
            (predict(model, rotated).argmax(1) == targets).any()
        ),
        "expectation over transformation keeps the target": bool(
            kept["PGD over views"] > 0.5 > kept["PGD"]
        ),
        "robust accuracy falls with epsilon": list(robust.accuracy)
        == sorted(robust.accuracy, reverse=True),
        "most of it is lost below one grey level": robust.accuracy[-2] < robust.clean_accuracy / 2,
    }


def statements_of_ee6132(found: Mapping[str, Any]) -> dict[str, bool]:
    importance, ink = found["importance"], found["ink"]
    history, took_target = found["from_noise"].history, found["took_target"]
    structure, model = found["structure"], found["model"]
    references = found["predict"](model, found["from_noise"].x_adv).softmax(1)
    return {
        "both networks learn": all(
            result.eval_accuracy > 0.9 for result in found["results"].values()
        ),
        "most parameters are in the first fully connected layer": max(
            structure.layers, key=lambda layer: layer.parameters
        ).name
        == "fc1",
        "most neurons are in the convolutions": structure.neurons_conv > 0.9 * structure.neurons,
        "patches on ink cost more": bool(importance[ink].mean() > importance[~ink].mean()),
        "the logit rises": bool((history[-1] > history[0]).all()),
        "the network is certain of class-maximizing images": bool(
            references.diagonal().median() > 0.9
        ),
        "noise from many images carries over more often": bool(
            took_target["many images"].sum() > took_target["one image"].sum()
        ),
    }


def statements_of_huji67103(found: Mapping[str, Any]) -> dict[str, bool]:
    minimal, x, y = found["minimal"], found["x"], found["y"]
    titles, scores = found["titles"], found["scores"]
    unregularized, regularized = found["images"].values()
    top = found["predict"](found["model"], minimal.x_adv).softmax(1).topk(2).values
    return {
        "both photos take the target": bool(minimal.success.all()),
        "the change cannot be seen": bool((minimal.l2 < 2).all()),
        "the search stops at the boundary": bool((top[:, 0] - top[:, 1] < 0.05).all()),
        "maps have the size of the photo": all(
            each.shape == (len(y), *x.shape[2:]) for each in found["maps"].values()
        ),
        "scores are probabilities": all(
            bool(((each >= 0) & (each <= 1)).all()) for each in scores.values()
        ),
        "the penalty takes away contrast": bool(
            (regularized - 0.5).square().mean() < (unregularized - 0.5).square().mean()
        ),
        "the network is certain of the classes": all(
            float(title.rsplit(" ", 1)[1]) > 0.9 for title in titles(unregularized)
        ),
    }


STATEMENTS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, bool]]] = {
    "cis680": statements_of_cis680,
    "cs5787": statements_of_cs5787,
    "ee6132": statements_of_ee6132,
    "huji67103": statements_of_huji67103,
}
