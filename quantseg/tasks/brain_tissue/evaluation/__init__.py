"""How labels of brain tissue are compared with a reference."""
