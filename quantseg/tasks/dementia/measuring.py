"""The numbers of a dementia result: the score where one is given, what it rests on, uptake."""

from __future__ import annotations

from collections.abc import Mapping

from quantseg.measure.values import Measurement
from quantseg.tasks.dementia.features import BRAIN_PERCENT, LEFT_HIPPOCAMPUS, RIGHT_HIPPOCAMPUS
from quantseg.tasks.dementia.model import DementiaModel
from quantseg.tasks.dementia.uptake import StandardUptake, asymmetries_percent

BRAIN = "brain"
PROBABILITY = "dementia_probability"
HIPPOCAMPUS, SHARE = "standard_hippocampus_volume", "tissue_share"
NETWORKS = "image_network_log_odds"
RATIO, DIFFERENCE, ASYMMETRY, Z_SCORE = "uptake_ratio", "uptake_difference", "uptake_asymmetry", "uptake_z_score"
_MM3, _PERCENT = "_mm3", "_percent"
_HIPPOCAMPUS = "sum of the networks' mean probabilities, on a brain that was scaled to the ICBM 152 atlas"
_NETWORKS = "mean log odds of the condition that 3D networks give to tissues and uptake in MNI space"
_SHARE = "mean share of the tissue in a box of MNI space, by a mixture of Gaussians with the atlas's expectation"
_BRAIN_SHARE = "share of grey and white matter within the atlas's brain outline, fluid being the rest"


def measure_score(model: DementiaModel, values: Mapping[str, float]) -> Measurement:
    """Return the score of a person, with its interval.

    Args:
        model: that makes it.
        values: of its features, by name.
    """
    probability, interval = model.probability(values)
    protocol = (
        f"probability of {model.condition} by logistic regression where, as among the {model.people} people fitted to, "
        f"{100 * model.prevalence:.0f} % have it; the interval is that of fits to people drawn with replacement"
    )
    return Measurement(PROBABILITY, BRAIN, probability, "1", protocol, interval, decimals=2)


def measure_brain(features: Mapping[str, float]) -> tuple[Measurement, ...]:
    """Return what was measured of an MRI."""
    found = []
    for name, value in features.items():
        if name in (LEFT_HIPPOCAMPUS, RIGHT_HIPPOCAMPUS):
            found.append(Measurement(HIPPOCAMPUS, name.removesuffix(_MM3), value, "mm3", _HIPPOCAMPUS, decimals=0))
        else:
            protocol = _BRAIN_SHARE if name == BRAIN_PERCENT else _SHARE
            found.append(Measurement(SHARE, name.removesuffix(_PERCENT), value, "%", protocol, decimals=1))
    return tuple(found)


def measure_networks(said: Mapping[str, float]) -> tuple[Measurement, ...]:
    """Return what networks say of the images, where they say anything: at most one value."""
    return tuple(Measurement(NETWORKS, BRAIN, value, "1", _NETWORKS, decimals=2) for value in said.values())


def measure_pet(uptake: StandardUptake, healthy_source: str) -> tuple[Measurement, ...]:
    """Return what was measured of a PET; regions that it does not show have no value.

    Args:
        uptake: in standard space.
        healthy_source: whose mean it was compared with, in words.
    """
    to_reference = (
        f"mean uptake of grey matter in a box of MNI space, relative to the mean of the {uptake.reference.value}"
    )
    to_healthy = f"{to_reference}, against the mean of {healthy_source}"
    found = [
        Measurement(RATIO, name, value, "1", to_reference, decimals=2)
        for name, value in uptake.ratios.items()
        if value is not None
    ]
    found += [
        Measurement(DIFFERENCE, name, value, "%", to_healthy, decimals=1)
        for name, value in uptake.differences_percent.items()
        if value is not None
    ]
    found += [
        Measurement(Z_SCORE, name, value, "1", f"{to_healthy}, in their standard deviations", decimals=1)
        for name, value in uptake.z_scores.items()
        if value is not None
    ]
    between = "left less right over the mean of both"
    found += [
        Measurement(ASYMMETRY, name, value, "%", between, decimals=1)
        for name, value in asymmetries_percent(uptake.ratios).items()
    ]
    return tuple(found)
