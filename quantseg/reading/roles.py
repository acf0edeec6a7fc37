"""The images of a case that has several, each with limits of its own, and whose images they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quantseg.errors import InputRefused, UsageError
from quantseg.reading.cases import find_cases
from quantseg.reading.guard import InputLimits
from quantseg.reading.person import Person
from quantseg.reading.reader import read_scan
from quantseg.reading.scan import CaseInput, InputImage, Scan
from quantseg.reading.spacing import HEADER_SPACING, SpacingChoice


@dataclass(frozen=True)
class RoleImages:
    """What a case holds, read.

    Attributes:
        scans: by the name of the role, the task's first role first where the case has it; each on its own grid.
        person: what is known of the person: the user's word where there is one, otherwise that of the images.
    """

    scans: Mapping[str, Scan]
    person: Person

    @property
    def first(self) -> Scan:
        """The image on whose grid the outputs lie: of the task's first role, or of one that stands alone."""
        return next(iter(self.scans.values()))

    @property
    def further(self) -> dict[str, Scan]:
        """Images of the other roles, by the name of the role."""
        return dict(list(self.scans.items())[1:])


def first_image(read: InputImage | RoleImages) -> InputImage:
    """Return the image of the first role of what a task has read, which outputs lie on."""
    return read.first if isinstance(read, RoleImages) else read


def single_scan(read: Scan | RoleImages) -> Scan:
    """Return the image on whose grid the outputs of a task of single volumes lie."""
    return read.first if isinstance(read, RoleImages) else read


def further_scans(read: Scan | RoleImages) -> dict[str, Scan]:
    """Return the images of a task's other roles, by the name of the role; none where it has but one."""
    return read.further if isinstance(read, RoleImages) else {}


def read_roles(
    case: CaseInput, limits: Mapping[str, InputLimits], spacing: SpacingChoice = HEADER_SPACING
) -> RoleImages:
    """Read all images of a case.

    Args:
        case: with the inputs of further roles, where it has any.
        limits: what an image must be, by the name of each role, the first role first.
        spacing: which spacing holds where the header of the first image names two; other headers are trusted.

    Raises:
        InputRefused: an image cannot be read rightly, or DICOM series name different patients; the sentence names the
            file, or the case for DICOM.
    """
    first = case.first_role or next(iter(limits))
    others = [role for role in limits if role != first]
    _refuse_one_file_for_two(first, case)
    _refuse_two_patients(first, case)
    scans = {first: read_scan(case, spacing, limits[first])}
    given = dict(case.further_roles)
    for role in others:
        if role in given:
            scans[role] = _read(role, given[role], limits[role])
    person = case.person
    for scan in scans.values():
        person = person.completed_by(scan.person)
    return RoleImages(scans, person)


def find_role_input(role: str, path: Path, limits: InputLimits) -> CaseInput:
    """Find the one image that a path gives for a role.

    Args:
        role: its name.
        path: image file, or a folder that holds one image, such as a DICOM series.
        limits: what the image must be; of the series in a folder, those of its modalities are looked at.

    Raises:
        UsageError: there is no image, or more than one.
    """
    found = find_cases([path], modalities=limits.modalities)
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        raise UsageError(f"{path} holds {len(found)} images ({names}), expected the one that is the {role}; name it.")
    return found[0]


def _refuse_one_file_for_two(first: str, case: CaseInput) -> None:
    role_of: dict[Path, str] = {}
    for role, one in ((first, case), *case.further_roles):
        file = one.path.resolve()
        # A folder may hold a series for each role.
        if file.is_file() and role_of.setdefault(file, role) != role:
            raise InputRefused(f"{file.name} is given as {role_of[file]} and as {role}, expected an image for each.")


def _refuse_two_patients(first: str, case: CaseInput) -> None:
    """Refuse DICOM series whose PatientIDs differ; the message quotes nothing of them."""
    from quantseg.reading.dicom_headers import read_files, text_of

    role_of: dict[str, str] = {}
    for role, one in ((first, case), *case.further_roles):
        for file in read_files(one.files[:1], ("PatientID",))[0]:
            role_of.setdefault(text_of(file.header, "PatientID"), role)
    named = [role for patient, role in role_of.items() if patient]
    if len(named) > 1:
        raise InputRefused(
            f"{case.name}: the series given as {named[0]} and as {named[1]} name different patients (PatientID), "
            "expected images of one; look at whose they are."
        )


def _read(role: str, case: CaseInput, limits: InputLimits) -> Scan:
    try:
        return read_scan(case, HEADER_SPACING, limits)
    except InputRefused as refusal:
        raise InputRefused(f"{role}: {refusal}") from None
