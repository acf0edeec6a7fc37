"""What a comparison of two scans concludes, in the panel's words."""

import pytest

from quantseg.review.change import Change, Comparison


def a_change(exceeds_chance, bound_percent):
    return Change("volume", "csf", "ml", 400.0, 440.0, bound_percent, 5.0, exceeds_chance)


@pytest.mark.usefixtures("application")
@pytest.mark.parametrize(
    ("exceeds_chance", "bound_percent", "said"),
    [(None, None, "nobody knows"), (False, 12.0, "No change is larger"), (True, 4.9, "Larger than chance: csf")],
)
def test_a_change_without_a_known_bound_is_called_neither_real_nor_chance(exceeds_chance, bound_percent, said):
    from QuantSegLib.comparisonSection import comparisonHtml

    assert said in comparisonHtml(Comparison((a_change(exceeds_chance, bound_percent),), 2.0, ()))
