"""What was said on the telephone: a note a call; its words apart, so that they can be erased."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.ledger import AppendOnly, new_salt
from registry.models import Organisation
from reregistration.states import CallTopic


class CallNote(AppendOnly):
    """A call with somebody of an organisation. Append-only; it decides nothing.

    Who called and what was said stands beside it, because it names people; the line holds a
    commitment to it.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="calls", verbose_name=_("organisation")
    )
    about = ArrayField(
        models.CharField(max_length=20, choices=CallTopic.choices), verbose_name=_("about")
    )
    # `ledger.commitment` over caller and words, and the salt of CallWords.
    words_hash = models.CharField(max_length=64)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-id"]
        permissions = [
            ("log_call", "Log a call with an organisation"),
            ("see_as_organisation", "See an organisation's own page as it sees it"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(about__len__gt=0, about__contained_by=CallTopic.values),
                name="call_is_about_something_known",
            ),
            models.CheckConstraint(
                condition=Q(words_hash__regex=r"^[0-9a-f]{64}$"), name="call_commits_to_its_words"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation.number}, {self.at:%d.%m.%Y}"

    def topics(self) -> list[str]:
        """What it was about, in words."""
        return [str(CallTopic(code).label) for code in self.about]


class CallWords(models.Model):
    """Who called, and what was said: personal, so beside the line and erasable."""

    call = models.OneToOneField(
        CallNote, models.PROTECT, primary_key=True, related_name="words", verbose_name=_("call")
    )
    caller = models.CharField(_("who called"), max_length=200)
    said = models.TextField(_("what was said"))
    salt = models.BinaryField(max_length=16, default=new_salt, editable=False)

    class Meta:
        verbose_name = _("words of a call")
        verbose_name_plural = _("words of calls")
        constraints = [
            models.CheckConstraint(
                condition=~Q(caller="") & ~Q(said=""), name="call_says_who_and_what"
            ),
        ]

    def __str__(self) -> str:
        return self.said
