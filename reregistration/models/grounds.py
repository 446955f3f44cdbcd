"""The dated law: grounds of a refusal and of what follows a mark, the evidence that those ask for,
who takes files."""

from __future__ import annotations

from datetime import date
from typing import cast

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from registry.models import Region
from registry.models.codes import Named
from reregistration.querysets import (
    LegalGroundQuerySet,
    ReceivingBodyQuerySet,
    RefusalGroundQuerySet,
)
from reregistration.states import EvidenceKind, Track


class Ground(Named):
    """A ground in law on which a decision may rest, while it is in force.

    Another law, or another wording of it, is another row with the same code, never other code.
    """

    code = models.SlugField(_("code"), max_length=40)
    article_kk = models.TextField(_("article of law, Kazakh"))
    article_ru = models.TextField(_("article of law, Russian"))
    article_en = models.TextField(_("article of law, English"))
    # What staff should know of it: where the text comes from, what it does not say.
    remark_kk = models.TextField(_("remark, Kazakh"), blank=True)
    remark_ru = models.TextField(_("remark, Russian"), blank=True)
    remark_en = models.TextField(_("remark, English"), blank=True)
    # Empty where no law of that kind is in force.
    from_on = models.DateField(_("in force from"), null=True, blank=True)
    # The first day on which it is in force no more.
    until_on = models.DateField(_("in force until, not including"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def article(self) -> str:
        return self._in_language("article")

    @property
    def remark(self) -> str:
        return self._in_language("remark")

    def is_in_force(self, on: date) -> bool:
        """Whether it may be relied on that day."""
        began = self.from_on is not None and self.from_on <= on
        return began and (self.until_on is None or on < self.until_on)

    def _in_language(self, field: str) -> str:
        return cast(str, getattr(self, f"{field}_{get_language() or 'kk'}"))


class LegalGround(Ground):
    """A ground on which steps after a mark may rest."""

    track = models.CharField(_("track"), max_length=14, choices=Track.choices)
    # The state of things that it speaks of must have lasted so long.
    lasting_days = models.PositiveSmallIntegerField(_("days that it must have lasted"), default=0)

    objects = LegalGroundQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal ground")
        verbose_name_plural = _("legal grounds")
        ordering = ["code", "from_on"]
        constraints = [
            models.UniqueConstraint(fields=["code", "from_on"], name="ground_begins_once_a_day"),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(from_on__isnull=False, until_on__isnull=True),
                name="ground_one_without_an_end",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
                name="ground_ends_after_it_began",
            ),
        ]


class RefusalGround(Ground):
    """A ground on which a filing may be refused.

    The portal comes without one: whoever enters it quotes the law, for what a person refuses on is
    read by the organisation and by a court.
    """

    # What the article says, word for word, in the two languages in which a law is in force.
    quoted_kk = models.TextField(_("text of the article, Kazakh"))
    quoted_ru = models.TextField(_("text of the article, Russian"))

    objects = RefusalGroundQuerySet.as_manager()

    class Meta:
        verbose_name = _("ground of a refusal")
        verbose_name_plural = _("grounds of refusals")
        ordering = ["code", "from_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "from_on"], name="refusal_ground_begins_once_a_day"
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(from_on__isnull=False, until_on__isnull=True),
                name="refusal_ground_one_without_an_end",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
                name="refusal_ground_ends_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(from_on__isnull=True)
                | ~Q(article_kk="") & ~Q(article_ru="") & ~Q(quoted_kk="") & ~Q(quoted_ru=""),
                name="refusal_ground_in_force_quotes_the_law",
            ),
        ]

    @property
    def quoted(self) -> str:
        """What the article says, in Kazakh to who reads Kazakh, to others in Russian."""
        return self.quoted_kk if get_language() == "kk" else self.quoted_ru


class GroundEvidence(models.Model):
    """One thing that a legal ground asks for before a file may rest on it."""

    ground = models.ForeignKey(LegalGround, models.CASCADE, related_name="demands")
    kind = models.CharField(_("kind"), max_length=20, choices=EvidenceKind.choices)
    minimum = models.PositiveSmallIntegerField(_("at least"), default=1)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    words_kk = models.TextField(_("what is asked for, Kazakh"))
    words_ru = models.TextField(_("what is asked for, Russian"))
    words_en = models.TextField(_("what is asked for, English"))

    class Meta:
        verbose_name = _("evidence that a ground asks for")
        verbose_name_plural = _("evidence that a ground asks for")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["ground", "kind"], name="ground_asks_once_a_kind"),
            models.CheckConstraint(
                condition=Q(minimum__gte=1) & ~Q(kind=EvidenceKind.NOTHING),
                name="ground_asks_for_something",
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """What is asked for, in the reader's language."""
        return cast(str, getattr(self, f"words_{get_language() or 'kk'}"))


class ReceivingBody(Named):
    """A body that may sue for liquidation, to which files are referred, while it is in charge."""

    address = models.TextField(_("address"))
    email = models.EmailField(_("e-mail"), blank=True)
    # Empty: for the whole country.
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, verbose_name=_("only this region")
    )
    from_on = models.DateField(_("in charge from"))
    until_on = models.DateField(_("in charge until, not including"), null=True, blank=True)

    objects = ReceivingBodyQuerySet.as_manager()

    class Meta:
        verbose_name = _("receiving body")
        verbose_name_plural = _("receiving bodies")
        ordering = ["-from_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
                name="receiving_body_ends_after_it_began",
            ),
        ]

    def is_in_charge(self, region: str, on: date) -> bool:
        """Whether it takes files from that region on that day."""
        began = self.from_on <= on and (self.until_on is None or on < self.until_on)
        return began and self.region_id in (None, region)
