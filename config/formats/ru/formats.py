"""How dates and numbers are written in Russian, where we differ from Django.

The year is written out: an abbreviation would end many a sentence with two full stops.
"""

DATE_FORMAT = "j E Y года"
DATETIME_FORMAT = "j E Y года, H:i"
TIME_FORMAT = "H:i"
