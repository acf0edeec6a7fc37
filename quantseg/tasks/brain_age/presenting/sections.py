"""What is shown of a brain age: the number, the gap and what it does not mean, percentiles by age, areas."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from quantseg.brain.standard_space import CENTRE_FACTS
from quantseg.measure.values import Measurement
from quantseg.results.case import CaseResult
from quantseg.results.numbers import interval_in_words, value_text
from quantseg.results.presentation import Presentation
from quantseg.results.preview import render_image
from quantseg.results.sections import KeyNumber, Paragraph, Picture, Pictures, PlainTable, Section, Text
from quantseg.tasks.brain_age.measuring import BRAIN, BRAIN_AGE, CONTRIBUTION, EVEN_GAP, GAP
from quantseg.tasks.brain_age.model import BUNDLE, AgeModel, read_age_model

_FIELD_MM = 200.0
_GAP_MEANS_NOTHING = (
    "A gap within the interval means nothing: brains of healthy people of one age differ by as much, and the model "
    "errs."
)
_READING = Text(
    "reading",
    "How to read this",
    (
        Paragraph(
            "The age of the people without dementia whose brains look most like this one: by a linear regression "
            "on how much fluid, grey and white matter there is around each place; where the model has networks that "
            "are shown grey and white matter, by the mean of both. It is no diagnosis, and says nothing of why a "
            "brain looks older or younger.",
            "Brain age.",
        ),
        Paragraph(
            "The 95 % interval is the range that held the true age of 95 of 100 people whom the model had not seen "
            "(OASIS-1, one scanner, 18 to 96 years). Another scanner may shift all estimates by years.",
            "Interval.",
        ),
        Paragraph(
            "The model draws everybody towards the middle: the young are estimated too old and the old too young. The "
            "gap less bias takes away what people of the same age differ by on average.",
            "Bias.",
        ),
        Paragraph(
            "Years by area say how much younger the brain would look with that area alone as in the average brain of "
            "the ICBM 152 atlas. They explain the model, not the person: areas are rough boxes of standard space, "
            "neighbours belong together, and the years need not add up.",
            "Areas.",
        ),
    ),
)


def headline(measurements: Sequence[Measurement]) -> str:
    """Return the age with its interval, such as "brain age 45 years (33 to 57)"."""
    age = next((one for one in measurements if one.key == BRAIN_AGE), None)
    if age is None:
        return "no brain age"
    bounds = "" if age.interval is None else f" ({interval_in_words(age, ' to ')})"
    return f"brain age {value_text(age)} years{bounds}"


def present_age(result: CaseResult) -> Presentation:
    """Say what is shown of one brain."""
    found = {(one.key, one.region): one for one in result.measurements}
    age = found[BRAIN_AGE, BRAIN]
    sections: list[Section] = [KeyNumber("age", "Brain age", age, () if (GAP, BRAIN) in found else (_no_gap(),))]
    if (GAP, BRAIN) in found:
        gap = KeyNumber("gap", "Brain age less age", found[GAP, BRAIN], (_GAP_MEANS_NOTHING,))
        even = KeyNumber("even-gap", "Brain age less age, bias taken away", found[EVEN_GAP, BRAIN])
        sections += [gap, even, *_percentiles(result, age, age.value - found[GAP, BRAIN].value)]
    return Presentation(
        title="Brain age",
        picture=partial(
            render_image,
            result.volume,
            "The image",
            [float(result.facts[name] or 0) for name in CENTRE_FACTS],
            _FIELD_MM,
        ),
        picture_alt="Three planes through the middle of the brain",
        sections=(*sections, _areas(result.measurements), _READING),
        in_short=(("Brain age", age),),
    )


def _no_gap() -> str:
    return "The person's age is unknown (--age says it), so that no gap to it is given."


def _percentiles(result: CaseResult, age: Measurement, age_years: float) -> tuple[Section, ...]:
    """Return where the person lies among people of that age, if the model that made the result is at hand."""
    model = _model_of(result)
    if model is None:
        return ()
    from quantseg.tasks.brain_age.presenting.bands import render_bands

    place = model.percentile_of(age.value, age_years)
    picture = Picture(
        "Brain age by age",
        f"Percentile bands of brain age by age; this brain lies {place} percentile",
        partial(render_bands, model, age_years, age),
    )
    note = f"This brain lies {place} percentile of people without dementia of that age (OASIS-1, smoothed over age)."
    return (Pictures("bands", "Among people of that age", (picture,), 560, (note,)),)


def _model_of(result: CaseResult) -> AgeModel | None:
    from quantseg.errors import ModelError
    from quantseg.models.bundle import find_bundle, reference

    try:
        bundle = find_bundle(BUNDLE)
    except ModelError:
        return None
    return read_age_model(bundle) if reference(bundle) in result.models else None


def _areas(measurements: Sequence[Measurement]) -> PlainTable:
    found = [one for one in measurements if one.key == CONTRIBUTION]
    rows = tuple((one.region.replace("_", " ").capitalize(), f"{one.value:+.1f}") for one in found)
    note = "Explains the model, not the person; years against the average brain of the atlas."
    return PlainTable("areas", "Which areas carry the estimate", ("Area", "Years"), rows, (note,))
