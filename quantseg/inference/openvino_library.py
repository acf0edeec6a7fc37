"""OpenVINO, imported so that it reports to nobody, and what its CPU plugin says of the processor."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from quantseg.importing import without

if TYPE_CHECKING:
    import openvino

# The converter of other frameworks' models, which QuantSeg does not need. Its import sends an event to Google Analytics
# from a forked process, and writes an identifier into the user's home. OpenVINO goes without where it is missing.
_CONVERTER = "openvino.tools.ovc"


@cache
def openvino_core() -> openvino.Core:
    """Return OpenVINO's entry point, one for all networks of this process.

    Raises:
        ImportError: OpenVINO is not installed.
    """
    with without(_CONVERTER):
        import openvino
    core = openvino.Core()
    # Weights are read whole: a mapped file could be neither deleted on Windows nor trusted to stay as it was checked.
    core.set_property({"ENABLE_MMAP": False})
    return core


@cache
def openvino_knows_bfloat16() -> bool:
    """Tell whether the processor multiplies bfloat16 natively; emulated it would be slower than float32."""
    return "BF16" in openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
