"""How dates and numbers are written in Russian, where we differ from Django."""

DATETIME_FORMAT = "j E Y г., H:i"
TIME_FORMAT = "H:i"
