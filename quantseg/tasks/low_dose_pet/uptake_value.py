"""Standardised uptake values from what a DICOM PET says of dose, decay and weight.

SUV = activity concentration x body weight / injected activity, decayed to the time to which the image is corrected;
the order in which times are looked for is that of QIBA's vendor-neutral pseudo-code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from quantseg.errors import InputRefused

if TYPE_CHECKING:
    from pydicom import Dataset

UPTAKE_TAGS = (
    "Units",
    "SUVType",
    "DecayCorrection",
    "CorrectedImage",
    "PatientWeight",
    "SeriesDate",
    "SeriesTime",
    "AcquisitionDate",
    "AcquisitionTime",
    "RadiopharmaceuticalInformationSequence",
)
_WEIGHT_KG, _DOSE_BQ, _HALF_LIFE_S = (1.0, 400.0), (1e5, 5e9), (60.0, 1e6)
_MOST_HOURS = 24.0
_MOST_HALF_LIVES = 6.0
"""After so many a sixty-fourth is left, and no scan is made: a half-life in minutes, or an injection by a clock that is
ahead of the scan's, tells more."""
_FLUORINE_18_S, _SAME_HALF_LIFE = 6586.2, 0.03
_ONE_IN_A_SERIES = {
    "Units": "unit (0054,1001)",
    "SUVType": "kind of uptake value (0054,1006)",
    "DecayCorrection": "decay correction (0054,1102)",
    "PatientWeight": "weight (0010,1030)",
}
_BODY_WEIGHT_TYPES = ("", "BW")


@dataclass(frozen=True)
class UptakeScale:
    """What one unit of an image stands for.

    Attributes:
        unit: UCUM-like unit of the image's values, ``Bq/ml`` or ``g/ml``.
        suv_per_unit: factor to standardised uptake values by body weight, in g/ml.
        doubts: what calls for a look, a sentence each.
    """

    unit: str
    suv_per_unit: float
    doubts: tuple[str, ...] = ()


def uptake_scale(headers: Sequence[Dataset]) -> UptakeScale:
    """Return the scale of a series.

    Args:
        headers: of its files, with ``UPTAKE_TAGS``.

    Raises:
        InputRefused: a tag is missing or cannot be right; the sentence says which.
    """
    first = headers[0]
    _refuse_mixed(headers)
    units = _text(first, "Units").upper()
    if units == "GML" and _text(first, "SUVType").upper() in _BODY_WEIGHT_TYPES:
        return UptakeScale("g/ml", 1.0, _doubts(first))
    if units != "BQML":
        raise InputRefused(
            f"the PET's unit (0054,1001) is {units or 'missing'}, expected BQML, or GML by body weight; export the "
            "series in Bq/ml"
        )
    weight_kg = _number(first, "PatientWeight", "the patient's weight (0010,1030)", _WEIGHT_KG, "kg")
    groups = first.get("RadiopharmaceuticalInformationSequence")
    if not groups:
        raise InputRefused(
            "the DICOM headers lack the injected dose (0054,0016), without which there is no SUV; export the series "
            "with it"
        )
    dose_bq = _number(groups[0], "RadionuclideTotalDose", "the injected dose (0018,1074)", _DOSE_BQ, "Bq")
    half_life_s = _number(groups[0], "RadionuclideHalfLife", "the half-life (0018,1075)", _HALF_LIFE_S, "s")
    correction = _text(first, "DecayCorrection").upper()
    if correction == "ADMIN":
        seconds = 0.0
    elif correction == "START":
        seconds = (_start_of_scan(headers) - _injection(groups[0], headers)).total_seconds()
    else:
        raise InputRefused(
            f"the decay correction (0054,1102) is {correction or 'missing'}, expected START or ADMIN; export a "
            "decay-corrected series"
        )
    most_hours = min(_MOST_HOURS, _MOST_HALF_LIVES * half_life_s / 3600)
    if not 0 <= seconds <= most_hours * 3600:
        raise InputRefused(
            f"the scan begins {seconds / 3600:.1f} hours after the injection, expected 0 to {most_hours:.1f} with a "
            f"half-life of {half_life_s:g} s; check times and half-life in the headers"
        )
    left_bq = dose_bq * 2 ** (-seconds / half_life_s)
    return UptakeScale("Bq/ml", weight_kg * 1000 / left_bq, _doubts(first))


def _refuse_mixed(headers: Sequence[Dataset]) -> None:
    """Refuse slices of which one factor cannot hold, such as two exports in one folder."""
    for keyword, name in _ONE_IN_A_SERIES.items():
        found = sorted({_text(header, keyword) or "missing" for header in headers})
        if len(found) > 1:
            raise InputRefused(
                f"the slices of the series name more than one {name} ({', '.join(found)}), expected one; export the "
                "series again"
            )


def _doubts(header: Dataset) -> tuple[str, ...]:
    return (*_doubts_of_attenuation(header), *_doubts_of_tracer(header))


def _doubts_of_attenuation(header: Dataset) -> tuple[str, ...]:
    corrected = header.get("CorrectedImage")
    if corrected is None:
        return ()
    words = {str(word).upper() for word in ([corrected] if isinstance(corrected, str) else corrected)}
    if "ATTN" in words:
        return ()
    return ("The PET is not corrected for attenuation (0028,0051); its values are no uptake: look at what it is.",)


def _doubts_of_tracer(header: Dataset) -> tuple[str, ...]:
    groups = header.get("RadiopharmaceuticalInformationSequence") or [{}]
    try:
        half_life_s = float(groups[0].get("RadionuclideHalfLife"))
    except (TypeError, ValueError):
        return ()
    if abs(half_life_s / _FLUORINE_18_S - 1) <= _SAME_HALF_LIFE:
        return ()
    return (
        f"The half-life (0018,1075) is {half_life_s:g} s, and that of FDG's fluorine-18 is {_FLUORINE_18_S:.0f} s: the "
        "network was trained on FDG; look at whether this is another tracer or the header is wrong.",
    )


def _start_of_scan(headers: Sequence[Dataset]) -> datetime:
    """Return the time to which decay is corrected: the series' start, or the first acquisition if that came before."""
    series = _moment(headers[0], "SeriesDate", "SeriesTime")
    acquired = [moment for header in headers if (moment := _moment(header, "AcquisitionDate", "AcquisitionTime"))]
    # A series that was sent on or made anew later bears a later time.
    moments = [moment for moment in (series, min(acquired, default=None)) if moment is not None]
    if not moments:
        raise InputRefused("the DICOM headers lack the start of the scan (0008,0031), without which there is no SUV")
    return min(moments)


def _injection(group: Dataset, headers: Sequence[Dataset]) -> datetime:
    whole = _parsed(_text(group, "RadiopharmaceuticalStartDateTime"))
    if whole is not None:
        return whole
    start = _start_of_scan(headers)
    time = _parsed(start.strftime("%Y%m%d") + _text(group, "RadiopharmaceuticalStartTime"))
    if time is None or not _text(group, "RadiopharmaceuticalStartTime"):
        raise InputRefused(
            "the DICOM headers lack the time of the injection (0018,1072), without which there is no SUV; export the "
            "series with it"
        )
    # Given without its day: injected before midnight, scanned after.
    return time - timedelta(days=1) if time > start else time


def _moment(header: Dataset, date: str, time: str) -> datetime | None:
    day, clock = _text(header, date), _text(header, time)
    return _parsed(day + clock) if day and clock else None


def _parsed(text: str) -> datetime | None:
    """Return a date with a time as DICOM writes it; fractions of seconds and time zones are left out."""
    digits = text.split(".")[0].split("+")[0].split("-")[0].strip()
    for form, length in (("%Y%m%d%H%M%S", 14), ("%Y%m%d%H%M", 12)):
        if len(digits) == length:
            try:
                return datetime.strptime(digits, form)
            except ValueError:
                return None
    return None


def _number(header: Dataset, keyword: str, name: str, bounds: tuple[float, float], unit: str) -> float:
    value: Any = header.get(keyword)
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputRefused(
            f"the DICOM headers lack {name}, without which there is no SUV; export the series with it"
        ) from None
    if not bounds[0] <= number <= bounds[1]:
        raise InputRefused(
            f"{name} is {number:g} {unit}, expected {bounds[0]:g} to {bounds[1]:g}; check the headers' units"
        )
    return number


def _text(header: Dataset, keyword: str) -> str:
    value = header.get(keyword)
    return "" if value is None else str(value).strip()
