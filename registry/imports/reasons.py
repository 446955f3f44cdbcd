"""Why is a row of an extract not taken?"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    SHAPE = "shape", _("wrong number of cells")
    AS_OF = "as_of", _("of another day than the extract")
    BIN = "bin", _("broken BIN")
    NAME = "name", _("no name in Russian")
    LEGAL_FORM = "legal_form", _("unknown legal form")
    STATUS = "status", _("unknown status")
    PLACE = "place", _("unknown place")
    REGISTERED_ON = "registered_on", _("wrong date of registration")
    EMPLOYEES = "employees", _("wrong number of employees")
    CONFLICT = "conflict", _("conflict with a row before it")
    AMBIGUOUS = "ambiguous", _("names more than one organisation")


class RowRefused(Exception):  # noqa: N818 - it is no error: it is an answer
    """A row that is not taken: the reason, and a sentence that says what to do."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence
