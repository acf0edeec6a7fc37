"""From files to scans: case names, formats, and the refusal of what cannot be read rightly."""

from quantseg.reading.cases import find_cases
from quantseg.reading.guard import InputLimits
from quantseg.reading.reader import read_scan
from quantseg.reading.roles import RoleImages, read_roles

__all__ = ["InputLimits", "RoleImages", "find_cases", "read_roles", "read_scan"]
