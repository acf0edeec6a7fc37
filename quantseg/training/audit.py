"""What is wrong with a data set, found before a night of training rather than after it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import nibabel
import numpy as np

from quantseg.training.decathlon import LabelledCase, Persons, list_entries, own_person
from quantseg.volume import Grid

# Modified z-scores beyond 3.5 are outliers (B. Iglewicz and D. C. Hoaglin, How to Detect and Handle Outliers, 1993).
_OUTLIER_Z = 3.5
# The median absolute deviation of a normal distribution is 0.6745 of its standard deviation.
_NORMAL_MAD = 0.6745
_LEAST_CASES_FOR_OUTLIERS = 5
# Correlations of volumes: of the two sides of one person 0.92, of strangers 0.06 (Task04 of the Decathlon).
_OF_ONE_PERSON, _OF_STRANGERS, _LEAST_PAIRS = 0.8, 0.5, 10
_NUMBER = re.compile(r"(\d+)$")
_SPACING_TOLERANCE = 0.01
_INTEGER_TOLERANCE = 1e-3


class Severity(Enum):
    """What a finding means for training."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a data set.

    Attributes:
        severity: an error makes training wrong or impossible; a warning deserves a look.
        case: name of the case, or of the file that no case names.
        message: what was found and what was expected, in words.
    """

    severity: Severity
    case: str
    message: str

    def __str__(self) -> str:
        return f"{self.severity.value}: {self.case}: {self.message}"


@dataclass(frozen=True)
class _Content:
    """A file's grid and values."""

    grid: Grid
    values: np.ndarray


def audit_dataset(
    folder: Path,
    allowed_values: Collection[int],
    spacing_mm: tuple[float, float, float],
    persons: Persons = own_person,
) -> list[Finding]:
    """Check every pair of a Decathlon folder.

    Args:
        folder: holds ``dataset.json``, ``imagesTr`` and ``labelsTr``.
        allowed_values: label values of the structures; 0 is allowed besides.
        spacing_mm: voxel size that the model works at; training does not resample.
        persons: tells whom a case came from that carries no ``patient`` entry.

    Returns:
        the findings, errors first.

    Raises:
        UsageError: there is no usable ``dataset.json``.
    """
    cases = list_entries(folder, persons)
    findings = [*_repeated_names(cases), *_unlisted_files(folder, cases)]
    volumes_mm3: dict[int, dict[str, float]] = {value: {} for value in allowed_values}
    for case in cases:
        image, problem = _read(case.image, "image")
        labels, label_problem = _read(case.labels, "label map")
        found = [Finding(Severity.ERROR, case.name, text) for text in (problem, label_problem) if text]
        if image is not None:
            found += _image_findings(case.name, image, spacing_mm)
        if labels is not None:
            found += _label_findings(case.name, labels, allowed_values)
        if image is not None and labels is not None:
            found += _geometry_findings(case.name, image.grid, labels.grid)
        findings += found
        if labels is not None and not any(finding.severity is Severity.ERROR for finding in found):
            for value, volumes in volumes_mm3.items():
                volumes[case.name] = float((labels.values.round() == value).sum()) * labels.grid.voxel_volume_mm3
    for value, volumes in volumes_mm3.items():
        findings += _volume_outliers(value, volumes)
    findings += _undeclared_persons(folder, cases, volumes_mm3)
    return sorted(findings, key=lambda finding: (finding.severity is not Severity.ERROR, finding.case))


def _repeated_names(cases: Sequence[LabelledCase]) -> Iterator[Finding]:
    names = [case.name for case in cases]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Finding(Severity.ERROR, name, "dataset.json names this case more than once; rename or remove one.")


def _unlisted_files(folder: Path, cases: Sequence[LabelledCase]) -> Iterator[Finding]:
    listed = {path.resolve() for case in cases for path in (case.image, case.labels)}
    for parent in sorted({path.parent for path in listed}):
        for path in sorted(parent.glob("*.nii*")):
            # macOS leaves resource forks named ._<file> beside the files of an archive.
            if not path.name.startswith(".") and path.resolve() not in listed:
                relative = f"{parent.name}/{path.name}"
                yield Finding(Severity.WARNING, relative, f"lies in {folder.name} but dataset.json does not name it.")


def _read(path: Path, kind: str) -> tuple[_Content | None, str]:
    """Return a file's content, or what keeps it from being read."""
    if not path.is_file():
        return None, f"its {kind} {path} does not exist."
    try:
        image = nibabel.nifti1.load(path)
        values = np.asarray(image.dataobj)
    except Exception as error:
        return None, f"its {kind} {path} cannot be read as NIfTI ({error})."
    if values.ndim != 3:
        return None, f"its {kind} has {values.ndim} axes; expected three."
    i, j, k = values.shape
    return _Content(Grid((i, j, k), image.affine), values), ""


def _image_findings(name: str, image: _Content, spacing_mm: tuple[float, float, float]) -> Iterator[Finding]:
    if not np.isfinite(image.values).all():
        yield Finding(Severity.ERROR, name, "its image holds values that are not finite numbers.")
    elif image.values.min() == image.values.max():
        yield Finding(Severity.ERROR, name, f"its image is constant ({image.values.flat[0]}).")
    if not np.allclose(sorted(image.grid.spacing_mm), sorted(spacing_mm), rtol=_SPACING_TOLERANCE):
        yield Finding(
            Severity.ERROR,
            name,
            f"its voxels measure {_sizes(image.grid.spacing_mm)} mm; the model works at {_sizes(spacing_mm)} mm"
            " and training does not resample, so resample image and labels first.",
        )


def _label_findings(name: str, labels: _Content, allowed_values: Collection[int]) -> Iterator[Finding]:
    found = np.unique(labels.values)
    wrong = [
        float(value)
        for value in found
        if not any(abs(value - allowed) <= _INTEGER_TOLERANCE for allowed in (0, *allowed_values))
    ]
    if wrong:
        shown = ", ".join(f"{value:g}" for value in wrong[:5]) + (", ..." if len(wrong) > 5 else "")
        yield Finding(
            Severity.ERROR, name, f"its labels hold {shown}; expected only 0 and {', '.join(map(str, allowed_values))}."
        )
    for absent in sorted(value for value in allowed_values if not np.isclose(found, value).any()):
        yield Finding(Severity.WARNING, name, f"no voxel is labelled {absent}.")


def _geometry_findings(name: str, image: Grid, labels: Grid) -> Iterator[Finding]:
    if image.shape != labels.shape:
        yield Finding(
            Severity.ERROR, name, f"its image has {_sizes(image.shape)} voxels, its labels {_sizes(labels.shape)}."
        )
    elif not image.same_as(labels):
        distance_mm = float(np.abs(image.centre_mm - labels.centre_mm).max())
        yield Finding(
            Severity.ERROR,
            name,
            f"the affines of its image and its labels differ (centres {distance_mm:.3g} mm apart);"
            " labels must lie on the image's grid.",
        )


def _volume_outliers(value: int, volumes_mm3: Mapping[str, float]) -> Iterator[Finding]:
    if len(volumes_mm3) < _LEAST_CASES_FOR_OUTLIERS:
        return
    volumes = np.array(list(volumes_mm3.values()))
    median = float(np.median(volumes))
    deviation = float(np.median(np.abs(volumes - median)))
    if deviation == 0:
        return
    for (name, volume), z in zip(volumes_mm3.items(), _NORMAL_MAD * (volumes - median) / deviation, strict=True):
        if abs(z) > _OUTLIER_Z:
            yield Finding(
                Severity.WARNING,
                name,
                f"label {value} measures {volume:.0f} mm3, the median case {median:.0f} mm3 (robust z {z:+.1f}).",
            )


def _undeclared_persons(
    folder: Path, cases: Sequence[LabelledCase], volumes_mm3: Mapping[int, Mapping[str, float]]
) -> Iterator[Finding]:
    """Find numbers 2k−1 and 2k, or 2k and 2k+1, that agree as two sides of one person do, and are called two."""
    numbered = {match[1]: case for case in cases if (match := _NUMBER.search(case.name))}
    by_number = {int(number): case for number, case in numbered.items()}
    if len(by_number) < len(cases):
        return
    correlations = []
    for parity in (1, 0):
        pairs = [
            [
                sum(volumes.get(case.name, 0.0) for volumes in volumes_mm3.values())
                for case in (by_number[n], by_number[n + 1])
            ]
            for n in sorted(by_number)
            if n % 2 == parity and n + 1 in by_number and by_number[n].patient != by_number[n + 1].patient
        ]
        enough = len(pairs) >= _LEAST_PAIRS and np.std(pairs, axis=0).min() > 0
        correlations.append(float(np.corrcoef(np.transpose(pairs))[0, 1]) if enough else 0.0)
    if max(correlations) > _OF_ONE_PERSON and min(correlations) < _OF_STRANGERS:
        yield Finding(
            Severity.WARNING,
            folder.name,
            f"neighbouring numbers look like two images of one person (volumes r = {max(correlations):.2f}, of the "
            f"other neighbours {min(correlations):.2f}); give the entries of dataset.json a patient each.",
        )


def _sizes(values: Sequence[float]) -> str:
    return "x".join(f"{value:.4g}" for value in values)
