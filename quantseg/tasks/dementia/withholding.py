"""Why a case gets no score, in sentences; what was measured is told all the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from quantseg.measure.values import Check, Verdict
from quantseg.tasks.dementia.features import AGE, TITLES, UPTAKE
from quantseg.tasks.dementia.model import DementiaModel

SCORE_CHECK = "score"
LEAST_AGE_YEARS = 60.0
"""Below it a clinical dementia rating was not asked of those fitted to."""


def reasons_against_score(
    model: DementiaModel, age_years: float | None, checks: Collection[Check], values: Mapping[str, float]
) -> tuple[str, ...]:
    """Return every reason why no score is given; none where one is.

    Args:
        model: that would make it.
        age_years: of the person.
        checks: of the case.
        values: of the features that are known.
    """
    found = [*_of_age(model, age_years)]
    failed = [check.reason for check in checks if check.verdict is Verdict.FAIL]
    if failed:
        found.append(f"The verdict is failed, and no score stands beside a failed verdict: {failed[0]}")
    missing = [name for name in model.features if name not in values and name != AGE]
    if missing:
        named = "; ".join(TITLES.get(name, name.replace("_", " ")) for name in missing)
        found.append(f"The score needs what this case does not show: {named}.{_of_pet(values)}")
    return tuple(found)


def _of_age(model: DementiaModel, age_years: float | None) -> Sequence[str]:
    """Return what of the age speaks against a score; the age itself stands in no file that is written."""
    youngest, oldest = max(model.ages_years[0], LEAST_AGE_YEARS), model.ages_years[1]
    if age_years is None:
        return ("The person's age is unknown (--age says it), and the score depends on it.",)
    if age_years < LEAST_AGE_YEARS:
        return (
            f"The person is younger than the score is made for, people of {LEAST_AGE_YEARS:.0f} years and over, since "
            "nobody younger was asked about dementia among those fitted to.",
        )
    if not youngest <= age_years <= oldest:
        return (f"The person's age is outside that of those fitted to, {youngest:.0f} to {oldest:.0f} years.",)
    return ()


def _of_pet(values: Mapping[str, float]) -> str:
    """Return why uptake alone gives no score, where that is all there is."""
    if not any(name.startswith(UPTAKE) for name in values):
        return ""
    return (
        " No score is made from PET: no PETs of patients under a licence that allows it were at hand, so that no "
        "weights for PET ship."
    )


def score_check(reasons: Sequence[str]) -> Check:
    """Return what stands among the checks: that a score is given, or why none is."""
    if not reasons:
        return Check(SCORE_CHECK, Verdict.GOOD, "A score is given; it is not a diagnosis.")
    return Check(SCORE_CHECK, Verdict.LOOK, f"No score is given. {' '.join(reasons)}")
