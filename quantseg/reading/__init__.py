"""From files to scans: case names, formats, and the refusal of what cannot be read rightly."""

from quantseg.reading.cases import find_cases
from quantseg.reading.guard import InputLimits
from quantseg.reading.reader import read_scan

__all__ = ["InputLimits", "find_cases", "read_scan"]
