"""How each language writes dates and numbers (FORMAT_MODULE_PATH)."""
