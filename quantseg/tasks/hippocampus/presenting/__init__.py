"""What a hippocampus result looks like: sections of the report, and the bars beside a table."""
