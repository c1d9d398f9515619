"""The whole of params.yaml."""

from pathlib import Path

from foolproof.params.analysis import Occlude, ShowPredictions, Visualize
from foolproof.params.attacks import (
    AttackConstrained,
    AttackNoise,
    AttackNontargeted,
    AttackTargeted,
)
from foolproof.params.base import Section, read_params, validate
from foolproof.params.cifar10 import AugmentedTraining
from foolproof.params.data import Compute, Data
from foolproof.params.fooling import AttackLinf, Robustness
from foolproof.params.huji67103 import AttackMinimal, Neurons, OccludePhotos
from foolproof.params.pretrained import ClassifyPhotos, Pretrained, ShowFeatureMaps
from foolproof.params.probes import LogisticRegression
from foolproof.params.toys import Adder, Surfaces, Theory, Xor
from foolproof.params.training import TimeBatchnorm, Training, TrainTable1


class Train(Section):
    """One training section a data set, or a network of its own."""

    mnist: Training
    table1: TrainTable1
    cifar10: AugmentedTraining
    deep: AugmentedTraining


class Params(Section):
    """All sections."""

    data: Data
    compute: Compute
    train: Train
    time_batchnorm: TimeBatchnorm
    show_predictions: ShowPredictions
    visualize: Visualize
    occlude: Occlude
    attack_nontargeted: AttackNontargeted
    attack_targeted: AttackTargeted
    attack_noise: AttackNoise
    attack_constrained: AttackConstrained
    surfaces: Surfaces
    xor: Xor
    adder: Adder
    theory: Theory
    pretrained: Pretrained
    classify_photos: ClassifyPhotos
    show_feature_maps: ShowFeatureMaps
    logistic_regression: LogisticRegression
    attack_linf: AttackLinf
    robustness: Robustness
    attack_minimal: AttackMinimal
    neurons: Neurons
    occlude_photos: OccludePhotos


def load_params(path: Path = Path("params.yaml")) -> Params:
    """Read and check the whole of params.yaml.

    Raises:
        ParamsError: naming the file, the key, what was expected and what was found.
    """
    return validate(Params, read_params(path), path=path)
