"""Which predicted heart labels belong to which reference: patient by patient, at both phases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from quantseg.errors import UsageError
from quantseg.evaluation.pairing import Pair, Pairing
from quantseg.tasks.heart.evaluation.acdc_labels import Phase, PhaseFiles, list_phases


def case_name(patient: str, phase: Phase) -> str:
    """Return the name of a patient's frame in tables."""
    return f"{patient} {phase.value}"


def pair_phases(
    predictions: Sequence[Path], references: Path, only_patients: Collection[str] | None = None
) -> tuple[Pairing, list[PhaseFiles]]:
    """Pair predictions with the references of an ACDC folder; none is left out for want of a prediction.

    Args:
        predictions: folders with ``<patient>/ED_labels.nii.gz`` and ``<patient>/ES_labels.nii.gz``, as training and
            ``quantseg segment heart`` write them; several, such as those of all folds, are taken together.
        references: folder in ACDC layout.
        only_patients: score these patients only; everyone by default.

    Returns:
        one pair a frame, and what the references say about it.

    Raises:
        UsageError: a folder is missing or empty, a patient is predicted twice, or nothing is left to score.
    """
    predicted: dict[str, Path] = {}
    for folder in predictions:
        for path in sorted(folder.glob("*/E[DS]_labels.nii.gz")):
            case = case_name(path.parent.name, Phase(path.name[:2]))
            if case in predicted:
                raise UsageError(f"{case} is predicted in {predicted[case]} and in {path}; name one folder.")
            predicted[case] = path
    if not predicted:
        named = ", ".join(map(str, predictions))
        raise UsageError(f"{named} holds no <patient>/ED_labels.nii.gz; expected the output of segment or train heart.")
    listed = list_phases(references)
    wanted = [files for files in listed if only_patients is None or files.patient in only_patients]
    if not wanted:
        raise UsageError(f"None of the patients in {references} belongs to those asked for.")
    named_cases = [case_name(files.patient, files.phase) for files in wanted]
    pairs = tuple(
        Pair(case, files.patient, files.labels, predicted.get(case))
        for case, files in zip(named_cases, wanted, strict=True)
    )
    known = {case_name(files.patient, files.phase) for files in listed}
    return Pairing(pairs, tuple(sorted(set(predicted) - known))), wanted
