"""What a heart result looks like: tables, pictures, sections of the report."""
