"""From files to scans: case names, formats, and the refusal of what cannot be read rightly."""
