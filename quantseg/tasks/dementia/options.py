"""What a user may ask for when it is told what speaks for dementia; nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from quantseg.errors import UsageError
from quantseg.tasks.options import TaskOptions, option

BUNDLE = "dementia"
CEREBELLUM, PONS = "cerebellum", "pons"

_UPTAKE = "PET"


def network_bundle_of(model: str) -> str:
    """Return the name of the bundle with the networks of a model, so that a model of another name keeps its own."""
    return f"{model}-network"


@dataclass(frozen=True, kw_only=True)
class DementiaOptions(TaskOptions):
    """What the user asked for.

    Attributes:
        model: bundle that the score comes from.
        reference: region that uptake is related to.
        healthy_mean: uptake of healthy people in MNI space that takes the place of the one that ships.
        healthy_sd: its standard deviation, in units of the ratio to the reference.
    """

    model: str = option(BUNDLE, "model that the score comes from; one of your own by its name", unit="NAME")
    reference: str = option(
        CEREBELLUM,
        "region that uptake is related to",
        group=_UPTAKE,
        choices=(CEREBELLUM, PONS),
        labels={CEREBELLUM: "Cerebellum", PONS: "Pons"},
    )
    healthy_mean: Path | None = option(
        None, "mean uptake of healthy people in MNI space, in place of the one that ships", unit="NIFTI", group=_UPTAKE
    )
    healthy_sd: Path | None = option(
        None,
        "its standard deviation, in units of the ratio to the reference; adds z-scores",
        unit="NIFTI",
        group=_UPTAKE,
    )

    def __post_init__(self) -> None:
        if self.healthy_sd is not None and self.healthy_mean is None:
            raise UsageError("--healthy-sd belongs to a mean of the same people; give it with --healthy-mean.")
