"""What a lumbar muscle result looks like: sections of the report, picture, codes of a structured report."""
