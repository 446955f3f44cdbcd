"""Questions of representatives to the ministry, and the answers."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from registry.ledger import AppendOnly
from registry.models import Organisation
from reregistration.models.obligations import Obligation


class Question(models.Model):
    """A thread between an organisation's representatives and the ministry."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="questions", verbose_name=_("organisation")
    )
    obligation = models.ForeignKey(
        Obligation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="questions",
        verbose_name=_("obligation"),
    )
    subject = models.CharField(_("subject"), max_length=150)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="questions",
        verbose_name=_("asked by"),
    )
    opened_at = models.DateTimeField(_("asked"))
    # Since when the organisation waits for an answer; empty while it is answered.
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["-id"]
        permissions = [("answer_question", "Answer questions of organisations")]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(waiting_since__isnull=True),
                name="question_closed_does_not_wait",
            ),
        ]
        indexes = [
            # The helpline's queue: who waits longest comes first.
            models.Index(
                fields=["waiting_since"],
                condition=Q(waiting_since__isnull=False),
                name="question_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class QuestionMessage(AppendOnly):
    """One message of a thread. Append-only: what was asked and answered stays as it was."""

    question = models.ForeignKey(Question, models.PROTECT, related_name="messages")
    text = models.TextField(_("text"))
    is_from_staff = models.BooleanField(_("from the ministry"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("message of a question")
        verbose_name_plural = _("messages of questions")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="question_message_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} {self.at:%Y-%m-%d}"


class SavedAnswer(models.Model):
    """An answer that is given often, in three languages; edited before it is sent."""

    title = models.CharField(_("title"), max_length=100, unique=True)
    text_kk = models.TextField(_("text in Kazakh"))
    text_ru = models.TextField(_("text in Russian"))
    text_en = models.TextField(_("text in English"))

    class Meta:
        verbose_name = _("saved answer")
        verbose_name_plural = _("saved answers")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def text_in(self, language: str | None = None) -> str:
        """The text in that language, else in the reader's."""
        return cast(str, getattr(self, f"text_{language or get_language() or 'kk'}"))
