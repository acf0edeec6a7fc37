"""A verdict with its reasons, as a label shows it."""

from html import escape

from slicer.i18n import tr as _

from QuantSegLib.leftToRight import leftToRight

_COLOURS = {"good": "#1f7a4d", "look": "#a86500", "fail": "#b3261e"}
_GREY = "#767676"


def light(checks):
    """Return colour and words of the light over a result; after a correction none is green that stood for a model's.

    :param checks: of the result; none where nothing was checked.
    :return: colour as Qt reads it, empty without checks; the words.
    """
    from quantseg.measure.corrected_checks import Standing, is_grey, standing
    from quantseg.measure.values import worst

    if not checks:
        return "", _("No check was made: these labels were not made by a model.")
    if is_grey(checks):
        words = {
            Standing.BEFORE: _("Good before the correction by hand, not judged since"),
            Standing.IN_PART: _("Good, in part judged before the correction by hand"),
        }
        return _GREY, words[standing(checks)]
    verdict = worst(check.verdict for check in checks).value
    return _COLOURS[verdict], {"good": _("Good"), "look": _("Needs a look"), "fail": _("Failed")}[verdict]


def inShortHtml(result, inShort):
    """Return the light and the few numbers by which a result is judged, for a line that is always in sight.

    :param result: quantseg.results.case.CaseResult.
    :param inShort: titles and measurements, as quantseg.results.presentation.Presentation has them.
    """
    from quantseg.results.numbers import unit_in_words, with_uncertainty

    colour, words = light(result.checks)
    numbers = [
        (title, f"<b>{escape(with_uncertainty(one))}</b> {escape(unit_in_words(one.unit))}") for title, one in inShort
    ]
    # Spaces that do not break keep a number with its unit.
    listed = " · ".join(
        f"{escape(title)} " + leftToRight(number.replace(" ± ", "&nbsp;±&nbsp;").replace("</b> ", "</b>&nbsp;"))
        for title, number in numbers
    )
    dot = f'<span style="color:{colour}">●</span> ' if colour else ""
    return f"{dot}<b>{words}</b>" + (f"<br>{listed}" if listed else "")


def verdictHtml(result):
    """Return the light over a result, what was changed by hand, and every reason that is not good.

    :param result: quantseg.results.case.CaseResult.
    """
    colour, words = light(result.checks)
    reasons = [check.reason for check in result.checks if check.verdict.value != "good"]
    listed = "".join(f"<li>{escape(reason)}</li>" for reason in reasons)
    dot = f'<span style="color:{colour}">●</span> ' if colour else ""
    edited = ", ".join(segment.name for segment in result.segments if segment.key in result.edited_segments)
    byHand = "<br>" + escape(_("Changed by hand: {names}.").format(names=edited)) if edited else ""
    passed = len(result.checks) - len(reasons)
    further = _("Passed checks: {count} (their reasons in the tool tip).").format(count=passed) if passed else ""
    return f"{dot}<b>{words}</b>{byHand}" + (f"<ul>{listed}</ul>" if listed else "<br>") + escape(further)


def passedText(result):
    """Return the reason of every check that was passed, a line each.

    :param result: quantseg.results.case.CaseResult.
    """
    return "\n".join(f"✔ {check.reason}" for check in result.checks if check.verdict.value == "good")
