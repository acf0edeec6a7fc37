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
from quantseg.tasks.dementia.features import AGE, TITLES
from quantseg.tasks.dementia.measuring import HIPPOCAMPUS, PROBABILITY, RATIO, SHARE
from quantseg.tasks.dementia.model import DementiaModel, read_dementia_model
from quantseg.tasks.dementia.presenting.uptake_sections import uptake_reading, uptake_sections
from quantseg.tasks.dementia.withholding import SCORE_CHECK

_FIELD_MM = 200.0
_PREVALENCES = (0.05, 0.1, 0.2, 0.3, 0.5)
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
    """Return what was measured of the MRI, beside the people fitted to where the model is at hand."""
    measured = {_feature(one): one for one in result.measurements if one.key in (HIPPOCAMPUS, SHARE, RATIO)}
    shown = [name for name in measured if measured[name].key != RATIO or (model and name in model.features)]
    if not shown:
        return []
    values = {name: one.value for name, one in measured.items()}
    effects = _effects(model, values, result) if scored else {}
    columns = ["Measure", "This person"]
    if model is not None:
        columns += ["Mean without", "Mean with"]
    if effects:
        columns.append("Effect on the log odds")
    rows = []
    for name in shown:
        row = [TITLES.get(name, name.replace("_", " ").capitalize()), _with_unit(measured[name])]
        if model is not None:
            norm = model.norms.get(name)
            row += ["–", "–"] if norm is None else [_plain(norm.mean_without, name), _plain(norm.mean_with, name)]
        if effects:
            row.append(f"{effects[name]:+.2f}" if name in effects else "–")
        rows.append(tuple(row))
    notes = ["Volumes are those of a brain scaled to the ICBM 152 atlas, which is larger than a usual one."]
    if model is not None:
        notes.append("Means are those of the people fitted to, without and with the condition; they are no norm.")
    if AGE in effects:
        notes.append(f"Age adds {effects[AGE]:+.2f} to the log odds.")
    return [PlainTable("measures", "What the score rests on", tuple(columns), tuple(rows), tuple(notes))]


def _effects(model: DementiaModel | None, values: Mapping[str, float], result: CaseResult) -> dict[str, float]:
    if model is None:
        return {}
    known = dict(values)
    age_part: dict[str, float] = {}
    score = next(one for one in result.measurements if one.key == PROBABILITY)
    if AGE in model.features:
        # A result does not hold the person's age: what the other features leave of the score is its part.
        known[AGE] = model.norms[AGE].mean
        others = model.contributions(known)
        whole = float(np.log(score.value / (1 - score.value)))
        age_part[AGE] = whole - float(model.fit[0]) - sum(others.values())
    return {**model.contributions(known), **age_part}


def _feature(one: Measurement) -> str:
    suffix = {HIPPOCAMPUS: "_mm3", SHARE: "_percent"}.get(one.key)
    return f"uptake_{one.region}" if suffix is None else one.region + suffix


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
                "dementia may show none.",
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
        paragraphs += uptake_reading()
    return Text("reading", "How to read this", tuple(paragraphs))


def _model_of(result: CaseResult) -> DementiaModel | None:
    """Return the model that made the result, if it is at hand."""
    from quantseg.errors import ModelError
    from quantseg.models.bundle import find_bundle, reference

    try:
        bundle = find_bundle(result.made_by)
    except ModelError:
        return None
    return read_dementia_model(bundle) if reference(bundle) in result.models else None
