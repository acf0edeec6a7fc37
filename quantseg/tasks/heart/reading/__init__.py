"""From files to short-axis cines: which cases there are, formats, refusals."""

from quantseg.tasks.heart.reading.cine_cases import find_cine_cases
from quantseg.tasks.heart.reading.cine_reader import read_cine

__all__ = ["find_cine_cases", "read_cine"]
