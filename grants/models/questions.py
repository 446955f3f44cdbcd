"""What organisations ask about a call, and the answers that all may read."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from grants.models.calls import Call
from registry.models import Organisation


class CallQuestion(models.Model):
    """A question about a call; published with its answer, never with who asked it.

    Everybody who may apply reads the same answer at the same time, so that none knows more.
    """

    call = models.ForeignKey(Call, models.PROTECT, related_name="questions", verbose_name=_("call"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    text = models.TextField(_("question"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    at = models.DateTimeField(_("asked"))
    # As it is published: without what would name who asked.
    question_kk = models.TextField(_("question as published, Kazakh"), blank=True)
    question_ru = models.TextField(_("question as published, Russian"), blank=True)
    answer_kk = models.TextField(_("answer, Kazakh"), blank=True)
    answer_ru = models.TextField(_("answer, Russian"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    class Meta:
        verbose_name = _("question about a call")
        verbose_name_plural = _("questions about calls")
        ordering = ["call", "id"]
        permissions = [("answer_callquestion", "Answer questions about calls")]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="call_question_says_something"),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, answered_by__isnull=True)
                | (
                    Q(published_at__isnull=False, answered_by__isnull=False)
                    & ~Q(question_kk="")
                    & ~Q(question_ru="")
                    & ~Q(answer_kk="")
                    & ~Q(answer_ru="")
                ),
                name="call_question_published_in_both_languages",
            ),
        ]
        indexes = [
            # The officer's queue: who waits longest comes first.
            models.Index(
                fields=["at"],
                condition=Q(published_at__isnull=True),
                name="call_question_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call.number} · {self.text[:80]}"

    def in_language(self, field: str) -> str:
        """The published question or answer in the reader's language; Russian for the others."""
        language = "kk" if get_language() == "kk" else "ru"
        return cast(str, getattr(self, f"{field}_{language}"))
