"""What a panel says of a doubtful slice: which segment, which frame, and what it can change."""

from slicer.i18n import tr as _

from QuantSegLib.leftToRight import leftToRight

_MM3_PER_ML = 1000.0


def doubtWords(doubt, names):
    """Return a doubtful slice in a few words, such as "Frame 8, left ventricular cavity: ± 1.2 ml".

    :param doubt: quantseg.measure.doubt.DoubtfulSlice.
    :param names: of the segments, by their keys.
    """
    place = names.get(doubt.segment, doubt.region.replace("_", " ").capitalize())
    if doubt.frame_number is not None:
        rest = place[:1].lower() + place[1:]
        place = _("Frame {n}, {segment}").format(n=doubt.frame_number, segment=rest)
    return f"{place}: {leftToRight(effectWords(doubt))}"


def effectWords(doubt):
    """Return what a doubtful slice can change, with its unit.

    :param doubt: quantseg.measure.doubt.DoubtfulSlice; of an older version it says only how much is disagreed about.
    """
    effect = doubt.effect
    if effect is None:
        return _("{volume} in doubt").format(volume=_volume(doubt.disagreement_mm3))
    if effect.unit == "mm3":
        return "± " + _volume(effect.change)
    named = effect.key.replace("_", " ")
    if effect.unit == "%":
        return _("{value} ± {change} points").format(value=named, change=f"{effect.change:.1f}")
    return f"{named} ± {effect.change:.3g} {effect.unit}"


def _volume(mm3):
    if mm3 >= _MM3_PER_ML:
        return _("{volume} ml").format(volume=f"{mm3 / _MM3_PER_ML:.1f}")
    return _("{volume} mm³").format(volume=f"{mm3:.0f}" if mm3 >= 10 else f"{mm3:.1f}")
