"""Brain PET with few counts: what a scan with all of them would show, and how sure that is."""
