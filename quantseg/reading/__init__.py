"""From files to scans and cines: case names, formats, and the refusal of what cannot be read rightly."""

from quantseg.reading.cases import find_cases
from quantseg.reading.cine_cases import find_cine_cases
from quantseg.reading.cine_reader import read_cine
from quantseg.reading.guard import InputLimits
from quantseg.reading.reader import read_scan

__all__ = ["InputLimits", "find_cases", "find_cine_cases", "read_cine", "read_scan"]
