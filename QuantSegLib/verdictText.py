"""A verdict with its reasons, as a label shows it."""

from html import escape

from slicer.i18n import tr as _

_COLOURS = {"good": "#1f7a4d", "look": "#a86500", "fail": "#b3261e"}


def verdictHtml(result):
    """Return a traffic light, the verdict in words, and every reason that is not good.

    :param result: quantseg.results.case.CaseResult.
    """
    words = {"good": _("Good"), "look": _("Needs a look"), "fail": _("Failed")}
    verdict = result.verdict.value
    reasons = [check.reason for check in result.checks if check.verdict.value != "good"]
    listed = "".join(f"<li>{escape(reason)}</li>" for reason in reasons)
    light = f'<span style="color:{_COLOURS[verdict]}">●</span> <b>{words[verdict]}</b>'
    if not result.checks:
        light = f"<b>{_('No check was made: these labels were not made by a model.')}</b>"
    edited = ", ".join(segment.name for segment in result.segments if segment.key in result.edited_segments)
    byHand = "<br>" + escape(_("Changed by hand: {names}.").format(names=edited)) if edited else ""
    return light + byHand + (f"<ul>{listed}</ul>" if listed else "")
