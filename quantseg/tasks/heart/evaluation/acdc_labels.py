"""Which file of an ACDC folder shows which patient at which phase, image and reference labels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from quantseg.errors import InputRefused, UsageError
from quantseg.tasks.heart.reading.acdc_folder import INFO_NAME, acdc_frame_number, read_acdc_info


class Phase(Enum):
    """A labelled moment of the cardiac cycle."""

    ED = "ED"
    ES = "ES"


@dataclass(frozen=True)
class PhaseFiles:
    """One labelled frame.

    Attributes:
        patient: name of the patient's folder.
        phase: end-diastole or end-systole.
        group: diagnosis, as ``Info.cfg`` names it; empty where it does not.
        image: the frame.
        labels: its reference, 1 RV cavity, 2 LV myocardium, 3 LV cavity.
    """

    patient: str
    phase: Phase
    group: str
    image: Path
    labels: Path


def list_phases(folder: Path) -> list[PhaseFiles]:
    """Return both labelled frames of every patient, sorted by patient.

    Raises:
        UsageError: there is no patient, an ``Info.cfg`` does not name both frames, or a reference is missing.
    """
    infos = sorted(folder.glob(f"*/{INFO_NAME}"))
    if not infos:
        raise UsageError(f"{folder} holds no <patient>/{INFO_NAME}; expected a folder in ACDC layout.")
    return [files for info in infos for files in _phases_of(info)]


def _phases_of(info: Path) -> list[PhaseFiles]:
    entries = read_acdc_info(info)
    found = []
    for phase in Phase:
        try:
            frame = acdc_frame_number(entries, phase.value)
        except InputRefused as refusal:
            raise UsageError(f"{info.parent}: {refusal}.") from None
        stem = info.parent / f"{info.parent.name}_frame{frame:02d}"
        image, labels = (stem.with_name(f"{stem.name}{ending}") for ending in (".nii.gz", "_gt.nii.gz"))
        if not labels.is_file():
            raise UsageError(f"{labels} is missing, which {info} names; restore it or remove the patient.")
        found.append(PhaseFiles(info.parent.name, phase, entries.get("group", ""), image, labels))
    return found
