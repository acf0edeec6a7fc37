"""A verdict with its reasons, as a label shows it."""

from html import escape

from slicer.i18n import tr as _

_COLOURS = {"good": "#1f7a4d", "look": "#a86500", "fail": "#b3261e"}
_GREY = "#767676"


def verdictHtml(result):
    """Return a traffic light, the verdict in words, and every reason that is not good.

    After a correction no light is green that stood for the labels as a model made them.

    :param result: quantseg.results.case.CaseResult.
    """
    from quantseg.measure.corrected_checks import is_of_the_models

    words = {"good": _("Good"), "look": _("Needs a look"), "fail": _("Failed")}
    verdict = result.verdict.value
    reasons = [check.reason for check in result.checks if check.verdict.value != "good"]
    listed = "".join(f"<li>{escape(reason)}</li>" for reason in reasons)
    colour, verdictWords = _COLOURS[verdict], words[verdict]
    old = [is_of_the_models(check) for check in result.checks]
    if verdict == "good" and any(old):
        colour = _GREY
        verdictWords = (
            _("Good before the correction by hand, not judged since")
            if all(old)
            else _("Good, in part judged before the correction by hand")
        )
    light = f'<span style="color:{colour}">●</span> <b>{verdictWords}</b>'
    if not result.checks:
        light = f"<b>{_('No check was made: these labels were not made by a model.')}</b>"
    edited = ", ".join(segment.name for segment in result.segments if segment.key in result.edited_segments)
    byHand = "<br>" + escape(_("Changed by hand: {names}.").format(names=edited)) if edited else ""
    return light + byHand + (f"<ul>{listed}</ul>" if listed else "")
