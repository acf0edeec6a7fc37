"""What a hippocampus result looks like: tables and sections of the report."""
