"""Networks run on what the machine has, within its memory, and with their doubt."""
