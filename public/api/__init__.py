"""The open, read-only API: no key, no head's name in lists, no contacts anywhere."""
