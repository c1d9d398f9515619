"""The answers to CIS680, Assignment 1."""

from foolproof.answers.appendix import appendix
from foolproof.answers.cis680.attacks import (
    examples_figure,
    introduction,
    targeted_answer,
    untargeted_answer,
)
from foolproof.answers.cis680.network import NAMES, network_part
from foolproof.answers.cis680.surfaces import surfaces_part
from foolproof.answers.cis680.transfer import transfer_answer
from foolproof.answers.cis680.xor import xor_part
from foolproof.answers.document import Part, Report
from foolproof.answers.results import Results
from foolproof.answers.robust_accuracy import REFERENCES as ROBUSTNESS_REFERENCES
from foolproof.answers.robust_accuracy import robust_accuracy
from foolproof.answers.stand_ins import data_text, data_warnings

SECTIONS = (
    "data",
    "compute",
    "train.cis680",
    "train.mnist",
    "surfaces",
    "xor",
    "attack_one_sided",
    "evaluate_robustness",
)
"""Of params.yaml, on which the numbers depend."""

REFERENCES = (
    *ROBUSTNESS_REFERENCES,
    "Goodfellow, Shlens and Szegedy, Explaining and harnessing adversarial examples, 2014, arXiv "
    "1412.6572 ([1] of the sheet)",
    "Hamey, XOR has no local minima: a case study in neural network error surface analysis, Neural "
    "Networks 11, 1998",
    "Kurakin, Goodfellow and Bengio, Adversarial examples in the physical world, ICLR workshop "
    "2017, arXiv 1607.02533",
    "Moosavi-Dezfooli, Fawzi, Fawzi and Frossard, Universal adversarial perturbations, 2016, arXiv "
    "1610.08401 ([2] of the sheet)",
    "Sprinkhuizen-Kuyper and Boers, The local minima of the error surface of the 2-2-1 XOR "
    "network, Annals of Mathematics and Artificial Intelligence 25, 1999",
    "_Collaborators:_ none besides the authors of this pipeline.",
)
"""The last line is what the sheet asks for beside the references."""

CODE = (
    "toys.surfaces:weight_gradient",
    "toys.xor:xor_loss",
    "toys.xor:train_xor",
    "networks.cis680:cis680_cnn",
    "attacks.one_sided:one_sided_fgsm",
    "attacks.transfer:transfer",
)
"""What answers the questions."""


def report(results: Results) -> Report:
    """Answer all questions."""
    params = results.params
    assets = {"mnist": results.asset("mnist")}
    timings = {name: results.metrics(f"timing/cis680_{name}") for name in NAMES}
    return Report(
        sheet="cis680",
        title="Loss surfaces, XOR, one-sided adversarial images",
        subtitle="CIS680, Assignment 1 (Deep Learning Basics)",
        overview=examples_figure(params["attack_one_sided"]["confidence"]),
        warnings=data_warnings(assets, "Parts 3 and 4 and the section on robust accuracy"),
        data=data_text(assets),
        parts=[
            surfaces_part(results.metrics("toys/surfaces"), params["surfaces"]),
            xor_part(results.metrics("toys/xor"), params["xor"]),
            network_part(
                results.metrics("networks")["cis680"],
                results.metrics("networks/layers")["cis680"],
                results.gathered("cis680", *NAMES),
                results.rows("draw_curves_cis680"),
                params["train"]["cis680"],
                timings["first"]["machine"],
            ),
            attacks_part(results),
            Part(
                title="Robust accuracy within L-infinity balls",
                content=robust_accuracy(
                    results.metrics("robust_accuracy/cis680"),
                    NAMES,
                    params["evaluate_robustness"],
                    "plots/draw_robust_accuracy/cis680.png",
                    str,
                ),
            ),
            appendix(
                sheet="cis680",
                assets=assets,
                trainings={NAMES[name].capitalize(): timings[name] for name in NAMES},
                params=params,
                sections=SECTIONS,
                variation="train.cis680.epochs=6",
            ),
        ],
        references=REFERENCES,
        code=CODE,
    )


def attacks_part(results: Results) -> Part:
    """Answer part 4."""
    params, record = results.params, results.metrics("attacks/one_sided")
    settings = params["attack_one_sided"]
    layers = results.metrics("networks/layers")["cis680"]
    return Part(
        title="Part 4. One-sided attacks",
        content=[
            *introduction(record, results.metrics("cis680/first")),
            untargeted_answer(record, settings, layers[0]["input_shape"]),
            targeted_answer(record, settings),
            transfer_answer(record, settings, params["train"]),
        ],
    )
