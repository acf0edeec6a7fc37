"""Every kind of training by its name, for the command line and for runs that are taken up again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quantseg.tasks.heart.training.approaches import ACDC_APPROACH, LV_OPEN_APPROACH
from quantseg.tasks.hippocampus.training.slices import SLICES_APPROACH
from quantseg.tasks.hippocampus.training.volume import VOLUME_APPROACH
from quantseg.training.approach import Approach

APPROACHES: Mapping[str, Approach] = {
    "volume": VOLUME_APPROACH,
    "slices": SLICES_APPROACH,
    "acdc": ACDC_APPROACH,
    "lv-open": LV_OPEN_APPROACH,
}
_BY_NETWORK = {"DynUNet": "volume", "FlexibleUNet": "slices"}


def approach_of(command: Mapping[str, Any]) -> Approach:
    """Return the approach of a run from its ``command.json``; runs of an older version are told by their network."""
    return APPROACHES[command.get("approach") or _BY_NETWORK[command["inference"]["network_def"]["_target_"]]]
