"""What a brain tissue result looks like: sections of the report, bars, codes of a structured report."""
