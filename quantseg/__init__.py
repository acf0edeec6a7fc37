"""QuantSeg: medical images segmented and measured, with a word on which result should not be trusted.

What is listed here comes from ``quantseg.api``, which is imported when it is first asked for: ``import quantseg``
alone loads nothing heavy.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["Measurements", "Model", "Result", "load", "run"]

if TYPE_CHECKING:
    from quantseg.api import Measurements, Model, Result, load, run
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'quantseg' has no attribute {name!r}")
        from quantseg import api

        return getattr(api, name)

    def __dir__() -> list[str]:
        return sorted([*globals(), *__all__])
