"""Which of a site's rules a study fits, by what the archive says of it; no word of a header gets into a reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from quantseg.dicom.naming import DEVICE_UID, MANUFACTURER
from quantseg.node.archive import ArchivedSeries, ArchivedStudy
from quantseg.node.settings import RuleSettings


def is_own(series: ArchivedSeries) -> bool:
    """Tell whether QuantSeg made a series, which never asks for a measurement."""
    return series.manufacturer.strip().lower() == MANUFACTURER.lower() or series.device_uid == DEVICE_UID


def foreign(study: ArchivedStudy) -> tuple[ArchivedSeries, ...]:
    """Return the series of a study that others made."""
    return tuple(one for one in study.series if not is_own(one))


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
