"""Which of a site's rules a study fits, by what the archive says of it; no word of a header gets into a reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from quantseg.dicom.naming import DEVICE_UID, MANUFACTURER
from quantseg.node.archived import ArchivedObject, ArchivedSeries, ArchivedStudy
from quantseg.node.settings import RuleSettings
from quantseg.results.layout import APPROVED


def is_own(series: ArchivedSeries) -> bool:
    """Tell whether QuantSeg made a series, which never asks for a measurement."""
    return series.manufacturer.strip().lower() == MANUFACTURER.lower() or series.device_uid == DEVICE_UID


def is_own_draft(found: ArchivedObject | None, study: str) -> bool:
    """Tell whether a node made an object of a study, so that a node may take it away: nobody has approved it.

    Args:
        found: what the archive says of the object.
        study: Orthanc's identifier of the study.
    """
    return (
        found is not None
        and found.study == study
        and found.manufacturer == MANUFACTURER
        and found.device_uid == DEVICE_UID
        and not found.description.startswith(APPROVED)
    )


def foreign(study: ArchivedStudy) -> tuple[ArchivedSeries, ...]:
    """Return the series of a study that others made."""
    return tuple(one for one in study.series if not is_own(one))


def by_others(study: ArchivedStudy) -> ArchivedStudy:
    """Return a study without QuantSeg's own results, which came from no scanner."""
    return ArchivedStudy(study.id, study.uid, study.description, study.is_stable, foreign(study))


def why_refused(same_study_count: int) -> str:
    """Say why a study is refused of whose UID there are several; empty where there is one.

    Args:
        same_study_count: how many there are; an archive makes one of each PatientID.
    """
    if same_study_count <= 1:
        return ""
    return f"The study is there under {same_study_count} PatientIDs, expected one; see in the archive whose it is."


def why_not(rule: RuleSettings, study: ArchivedStudy, calling_titles: Callable[[], frozenset[str]]) -> str:
    """Say why a study does not fit a rule; empty where it does.

    Args:
        rule: of the site.
        study: as the archive describes it.
        calling_titles: finds out who sent it.
    """
    series = foreign(study)
    if rule.modalities and not {one.modality for one in series} & set(rule.modalities):
        return f"no series is {' or '.join(rule.modalities)}"
    if _fits(rule.leave_out, [study.description]):
        return "the site leaves such studies out"
    for patterns, texts, what in (
        (rule.study_description, [study.description], "its description fits none of the site's patterns"),
        (rule.description, [one.description for one in series], "no description of a series fits the site's patterns"),
        (rule.protocol, [one.protocol for one in series], "no protocol of a series fits the site's patterns"),
    ):
        if patterns and not _fits(patterns, texts):
            return what
    if rule.calling_titles and not calling_titles() <= set(rule.calling_titles):
        return "not all of it was sent by an AE title of the rule"
    return ""


def _fits(patterns: Sequence[str], texts: Iterable[str]) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns for text in texts)
