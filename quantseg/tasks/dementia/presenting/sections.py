"""What is shown of a dementia result: the score or why there is none, what it rests on, how to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from quantseg.brain.standard_space import CENTRE_FACTS
from quantseg.measure.values import Measurement
from quantseg.results.case import CaseResult
from quantseg.results.numbers import value_text
from quantseg.results.presentation import Presentation
from quantseg.results.preview import render_image
from quantseg.results.sections import KeyNumber, Paragraph, PlainTable, Section, Text
from quantseg.tasks.dementia.features import AGE, NETWORK_LOG_ODDS, TITLES, UPTAKE
from quantseg.tasks.dementia.measuring import HIPPOCAMPUS, NETWORKS, PROBABILITY, RATIO, SHARE
from quantseg.tasks.dementia.model import DementiaModel, read_dementia_model
from quantseg.tasks.dementia.presenting.uptake_sections import uptake_reading, uptake_sections
from quantseg.tasks.dementia.withholding import SCORE_CHECK

_FIELD_MM = 200.0
_PREVALENCES = (0.05, 0.1, 0.2, 0.3, 0.5)
_LEAST_SCORE = 0.005
_SPACE = "Volumes and shares are those of a brain scaled to the ICBM 152 atlas, which is larger than a usual one."
NOT_A_DIAGNOSIS = "This is not a diagnosis."


def headline(measurements: Sequence[Measurement]) -> str:
    """Return the score with its interval, such as "dementia score 0.62 (0.41 to 0.80)", or that there is none."""
    score = next((one for one in measurements if one.key == PROBABILITY), None)
    if score is None:
        return "no dementia score"
    bounds = "" if score.interval is None else f" ({score.interval.low:.2f} to {score.interval.high:.2f})"
    return f"dementia score {score.value:.2f}{bounds}, not a diagnosis"


def present_dementia(result: CaseResult) -> Presentation:
    """Say what is shown of a case."""
    score = next((one for one in result.measurements if one.key == PROBABILITY), None)
    model = _model_of(result)
    sections: list[Section] = [_no_score(result)] if score is None else _score(score, model)
    sections += _measured(result, model, score is not None)
    centre_mm = np.array([float(result.facts.get(name) or 0) for name in CENTRE_FACTS])
    sections += uptake_sections(result, centre_mm)
    sections.append(_reading(result, model))
    return Presentation(
        title="What speaks for dementia",
        picture=partial(render_image, result.volume, "The image", centre_mm.tolist(), _FIELD_MM),
        picture_alt="Three planes through the middle of the brain",
        sections=tuple(sections),
        in_short=() if score is None else (("Dementia score", score),),
    )


def _no_score(result: CaseResult) -> Text:
    reason = next((check.reason for check in result.checks if check.key == SCORE_CHECK), "No score is given.")
    return Text("no-score", "No score", (Paragraph(reason.removeprefix("No score is given. ")),))


def _score(score: Measurement, model: DementiaModel | None) -> list[Section]:
    notes = [NOT_A_DIAGNOSIS]
    if model is None:
        return [KeyNumber("score", "Dementia score", score, tuple(notes))]
    notes.append(
        f"The probability of {model.condition} among people like those that the model was fitted to, of whom "
        f"{100 * model.prevalence:.0f} of 100 have it: {model.population}. The interval is that of fits to people "
        "drawn anew; it says nothing of another scanner or another population."
    )
    rows = tuple((f"{100 * share:.0f} %", f"{model.at_prevalence(score.value, share):.2f}") for share in _PREVALENCES)
    elsewhere = PlainTable(
        "prevalence",
        "The same image among other people",
        ("Share of them with the condition", "Score"),
        rows,
        ("Where fewer people have the condition, the same image says less; who was sent to the scanner decides.",),
    )
    return [KeyNumber("score", "Dementia score", score, tuple(notes)), elsewhere]


def _measured(result: CaseResult, model: DementiaModel | None, scored: bool) -> list[Section]:
    """Return what the score rests on beside the people fitted to, and what else was measured of the MRI."""
    measured = {_feature(one): one for one in result.measurements if one.key in (HIPPOCAMPUS, SHARE, RATIO, NETWORKS)}
    used = [name for name in measured if model is not None and name in model.features]
    found: list[Section] = []
    if model is not None and used:
        found.append(_rests_on({name: measured[name] for name in used}, model, result, scored))
    others = {name: one for name, one in measured.items() if name not in used and one.key != RATIO}
    if others:
        rows = tuple((_title(name), _with_unit(one)) for name, one in others.items())
        found.append(PlainTable("others", "Also measured", ("Measure", "This person"), rows, (_SPACE,)))
    return found


def _rests_on(
    measured: Mapping[str, Measurement], model: DementiaModel, result: CaseResult, scored: bool
) -> PlainTable:
    effects = _effects(model, {name: one.value for name, one in measured.items()}, result) if scored else {}
    rows = []
    for name, one in measured.items():
        norm = model.norms[name]
        row = [_title(name), _with_unit(one), _plain(norm.mean_without, name), _plain(norm.mean_with, name)]
        rows.append((*row, *([f"{effects[name]:+.2f}"] if effects else [])))
    notes = [_SPACE, "Means are those of the people fitted to, without and with the condition; they are no norm."]
    if effects:
        of_age = f" Age adds {effects[AGE]:+.2f}." if AGE in effects else ""
        notes.append(f"Effects are on the log odds, against the mean of the people fitted to.{of_age}")
    columns = ("Measure", "This person", "Mean without", "Mean with", *(["Effect"] if effects else []))
    heading = "What the score rests on" if scored else "What a score would rest on"
    return PlainTable("measures", heading, columns, tuple(rows), tuple(notes))


def _effects(model: DementiaModel, values: Mapping[str, float], result: CaseResult) -> dict[str, float]:
    if AGE not in model.features:
        return model.contributions(values)
    # A result does not hold the person's age: what the other features leave of the score is its part.
    score = next(one.value for one in result.measurements if one.key == PROBABILITY)
    score = min(max(score, _LEAST_SCORE), 1 - _LEAST_SCORE)
    others = model.contributions({**values, AGE: model.norms[AGE].mean})
    whole = float(np.log(score / (1 - score)))
    return {**others, AGE: whole - float(model.fit[0]) - sum(others.values())}


def _feature(one: Measurement) -> str:
    if one.key == NETWORKS:
        return NETWORK_LOG_ODDS
    suffix = {HIPPOCAMPUS: "_mm3", SHARE: "_percent"}.get(one.key)
    return f"{UPTAKE}{one.region}" if suffix is None else one.region + suffix


def _title(name: str) -> str:
    return TITLES.get(name, name.replace("_", " ").capitalize())


def _with_unit(one: Measurement) -> str:
    return f"{value_text(one)} {'mm³' if one.unit == 'mm3' else one.unit}".removesuffix(" 1")


def _plain(value: float, name: str) -> str:
    return f"{value:.0f}" if name.endswith("_mm3") else f"{value:.1f}" if name.endswith("_percent") else f"{value:.2f}"


def _reading(result: CaseResult, model: DementiaModel | None) -> Text:
    paragraphs = []
    if model is not None:
        paragraphs.append(
            Paragraph(
                f"A logistic regression fitted to {model.people} people ({model.population}), "
                f"{model.ages_years[0]:.0f} to {model.ages_years[1]:.0f} years old. Atrophy has many causes, and early "
                f"dementia may show none.{_how_good(model)}",
                "Where the score comes from.",
            )
        )
    paragraphs.append(
        Paragraph(
            "To be of use for a decision it would need other scanners and sequences, people of a memory clinic with "
            "diseases that look alike, a follow-up that says who had what, and a threshold fixed before a trial; the "
            f"card says how well it tells people apart. {NOT_A_DIAGNOSIS}",
            "What it would need.",
        )
    )
    if result.facts.get("pet_shown"):
        by_uptake = model is not None and any(name.startswith(UPTAKE) for name in model.features)
        paragraphs += uptake_reading(by_uptake)
    return Text("reading", "How to read this", tuple(paragraphs))


def _how_good(model: DementiaModel) -> str:
    if len(model.area) != 3:
        return ""
    middle, low, high = (f"{100 * one:.0f}" for one in model.area)
    return (
        f" In cross-validation it put {middle} of 100 pairs of a person with the condition and one without in the "
        f"right order (95 % interval {low} to {high})."
    )


def _model_of(result: CaseResult) -> DementiaModel | None:
    """Return the model that made the result, if it is at hand."""
    from quantseg.errors import ModelError
    from quantseg.models.bundle import find_bundle, reference

    try:
        bundle = find_bundle(result.made_by)
    except ModelError:
        return None
    return read_dementia_model(bundle) if reference(bundle) in result.models else None
