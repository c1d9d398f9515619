"""The whole of params.yaml."""

from pathlib import Path

from foolproof.core.params import Section, read_params, validate
from foolproof.params.adder import Adder
from foolproof.params.attack_eot import AttackEot
from foolproof.params.attack_linf import AttackLinf
from foolproof.params.attack_minimal import AttackMinimal
from foolproof.params.attack_noise import AttackNoise
from foolproof.params.attack_nontargeted import AttackNontargeted
from foolproof.params.attack_one_sided import AttackOneSided
from foolproof.params.attack_targeted import AttackTargeted
from foolproof.params.classify_photos import ClassifyPhotos
from foolproof.params.compare_robust_network import CompareRobustNetwork
from foolproof.params.data import Compute, Data
from foolproof.params.evaluate_robustness import CompareRobustness, EvaluateRobustness
from foolproof.params.explain import Explain
from foolproof.params.feature_visualization import FeatureVisualization
from foolproof.params.logistic_regression import LogisticRegression
from foolproof.params.occlude import Occlude
from foolproof.params.occlude_photos import OccludePhotos
from foolproof.params.pretrained import Pretrained
from foolproof.params.receptive_fields import ReceptiveFields
from foolproof.params.robustness import Robustness
from foolproof.params.shallow_as_deep import ShallowAsDeep
from foolproof.params.show_feature_maps import ShowFeatureMaps
from foolproof.params.show_predictions import ShowPredictions
from foolproof.params.surfaces import Surfaces
from foolproof.params.time_batchnorm import TimeBatchnorm
from foolproof.params.training import (
    TrainCifar10,
    TrainCis680,
    TrainDeep,
    TrainMnist,
    TrainRobust,
)
from foolproof.params.visualize import Visualize
from foolproof.params.xor import Xor


class Train(Section):
    """One training section a data set, or a network of its own."""

    mnist: TrainMnist
    cis680: TrainCis680
    cifar10: TrainCifar10
    deep: TrainDeep
    robust: TrainRobust


class Params(Section):
    """All sections."""

    data: Data
    compute: Compute
    train: Train
    time_batchnorm: TimeBatchnorm
    show_predictions: ShowPredictions
    visualize: Visualize
    occlude: Occlude
    explain: Explain
    attack_nontargeted: AttackNontargeted
    attack_targeted: AttackTargeted
    attack_noise: AttackNoise
    attack_one_sided: AttackOneSided
    evaluate_robustness: EvaluateRobustness
    compare_robustness: CompareRobustness
    compare_robust_network: CompareRobustNetwork
    surfaces: Surfaces
    xor: Xor
    adder: Adder
    receptive_fields: ReceptiveFields
    shallow_as_deep: ShallowAsDeep
    pretrained: Pretrained
    classify_photos: ClassifyPhotos
    show_feature_maps: ShowFeatureMaps
    logistic_regression: LogisticRegression
    attack_linf: AttackLinf
    attack_eot: AttackEot
    robustness: Robustness
    attack_minimal: AttackMinimal
    feature_visualization: FeatureVisualization
    occlude_photos: OccludePhotos


def load_params(path: Path = Path("params.yaml")) -> Params:
    """Read and check the whole of params.yaml.

    Raises:
        ParamsError: naming the file, the key, what was expected and what was found.
    """
    return validate(Params, read_params(path), path=path)
