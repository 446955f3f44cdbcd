"""A re-registration campaign: its law, dates and limits are data."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from notices.states import ServiceGround
from registry.ledger import AppendOnly
from registry.models import LegalForm
from reregistration.states import AttachmentKind, CampaignState


def _all_grounds() -> list[str]:
    return list(ServiceGround.values)


def _papers_asked() -> list[str]:
    return [AttachmentKind.CHARTER.value, AttachmentKind.HEAD_POWERS.value]


_COURT = {
    "kk": "ұйымның орналасқан жеріндегі мамандандырылған ауданаралық әкімшілік сот",
    "ru": "специализированный межрайонный административный суд по месту нахождения организации",
    "en": "specialised inter-district administrative court at the seat of the organisation",
}


class Campaign(models.Model):
    """Every organisation in scope must file again by a deadline.

    Another class of bodies or another law is another row, never other code. The dates change
    only by decisions (CampaignDecision), each of which recomputes the effective due dates.
    """

    code = models.SlugField(_("code"), max_length=30, unique=True)
    name_kk = models.CharField(_("name in Kazakh"), max_length=200)
    name_ru = models.CharField(_("name in Russian"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200)
    # The body in charge and the law it acts on, as they were when the campaign opened.
    body_kk = models.CharField(_("authorised body, Kazakh"), max_length=200)
    body_ru = models.CharField(_("authorised body, Russian"), max_length=200)
    body_en = models.CharField(_("authorised body, English"), max_length=200)
    legal_base_kk = models.TextField(_("legal base, Kazakh"))
    legal_base_ru = models.TextField(_("legal base, Russian"))
    legal_base_en = models.TextField(_("legal base, English"))
    # Where complaints and letters go, and which court hears of a decision: decision letters say so.
    address_kk = models.CharField(_("address of the body, Kazakh"), max_length=300, blank=True)
    address_ru = models.CharField(_("address of the body, Russian"), max_length=300, blank=True)
    address_en = models.CharField(_("address of the body, English"), max_length=300, blank=True)
    court_kk = models.CharField(_("court, Kazakh"), max_length=300, default=_COURT["kk"])
    court_ru = models.CharField(_("court, Russian"), max_length=300, default=_COURT["ru"])
    court_en = models.CharField(_("court, English"), max_length=300, default=_COURT["en"])
    state = models.CharField(
        _("state"), max_length=10, choices=CampaignState.choices, default=CampaignState.DRAFT
    )

    opens_on = models.DateField(_("opens"))
    due_on = models.DateField(_("due date"))
    # Organisations registered on this day or later have nothing to re-register.
    cut_off_on = models.DateField(_("registered before"))
    legal_forms = models.ManyToManyField(LegalForm, verbose_name=_("legal forms in scope"))
    # The year whose income and spending are asked for.
    reporting_year = models.PositiveSmallIntegerField(_("reporting year"))

    # Not more of either, and the short form is enough: 1,000 MCI of 2026 (4,325 tenge each).
    short_form_employees = models.PositiveSmallIntegerField(
        _("short form: employees at most"), default=1
    )
    short_form_income = models.DecimalField(
        _("short form: income at most, tenge"),
        max_digits=17,
        decimal_places=2,
        default=Decimal(4_325_000),
    )

    # Of each: the paper, or why there is none. The short form is asked for no paper.
    attachment_kinds = ArrayField(
        models.CharField(max_length=20, choices=AttachmentKind.choices),
        default=_papers_asked,
        blank=True,
        verbose_name=_("papers asked for"),
    )

    grace_days = models.PositiveSmallIntegerField(_("days of grace"), default=14)
    correction_working_days = models.PositiveSmallIntegerField(
        _("working days to correct a returned filing"), default=10
    )
    # What an organisation is told at once: how long the review of its filing takes at most.
    review_working_days = models.PositiveSmallIntegerField(
        _("working days to review a filing"), default=15, db_default=15
    )
    # A filing that a reviewer took and did not decide on is free for others after so long.
    review_lease_minutes = models.PositiveSmallIntegerField(
        _("minutes for which a reviewer holds a filing"),
        default=120,
        db_default=120,
        validators=[MinValueValidator(1)],
    )
    # From the service of the final warning to the preliminary decision, and from each of the two
    # services to the mark (design.md sections 8 and 9).
    decision_after_days = models.PositiveSmallIntegerField(
        _("days from served final warning to preliminary decision"), default=14
    )
    warning_served_days = models.PositiveSmallIntegerField(
        _("days from served final warning to the mark"), default=42
    )
    decision_served_days = models.PositiveSmallIntegerField(
        _("days from served preliminary decision to the mark"), default=28
    )
    # More time: days an organisation gives itself by asking, how often, and how many days it may
    # get in all, those that staff grant included.
    extension_days = models.PositiveSmallIntegerField(
        _("days of an extension on request"), default=30
    )
    extensions_by_self = models.PositiveSmallIntegerField(
        _("extensions on request at most"), default=1
    )
    extension_days_cap = models.PositiveSmallIntegerField(
        _("days of extension at most, all together"), default=60
    )
    # Within how many working days an objection, a complaint or a wish to be heard is decided.
    answer_working_days = models.PositiveSmallIntegerField(
        _("working days to decide on an objection or complaint"), default=20
    )
    # A hearing is set so many working days ahead at least; the organisation moves it itself so
    # often; it may remark on the minutes so long.
    hearing_notice_days = models.PositiveSmallIntegerField(
        _("working days from the invitation to a hearing"), default=10, db_default=10
    )
    hearing_moves_by_self = models.PositiveSmallIntegerField(
        _("times an organisation moves its hearing itself"), default=1, db_default=1
    )
    hearing_remark_days = models.PositiveSmallIntegerField(
        _("working days to remark on the minutes of a hearing"), default=3, db_default=3
    )
    # From the service of the notice of a mark to the end of the term for a complaint.
    complaint_months = models.PositiveSmallIntegerField(
        _("months to complain of a mark"), default=3, db_default=3
    )
    # From the receipt of the decision on an answer to the end of the term for going to court.
    court_months = models.PositiveSmallIntegerField(
        _("months to go to court"), default=1, db_default=1
    )
    # "We have closed" and "we are not an NGO" take effect so long after staff verified them.
    contradiction_days = models.PositiveSmallIntegerField(
        _("days to contradict a verified closure"), default=30
    )
    # What counts as service of a legal notice.
    service_grounds = ArrayField(
        models.CharField(max_length=30, choices=ServiceGround.choices),
        default=_all_grounds,
        verbose_name=_("what counts as service"),
    )
    # Announcements, final warnings and preliminary decisions go out in waves, so that the helpline
    # can answer those who ask: so many at once, and so long until the next.
    wave_size = models.PositiveIntegerField(_("notices in a wave"), default=5000, db_default=5000)
    wave_pause_minutes = models.PositiveIntegerField(
        _("minutes between two waves"), default=60, db_default=60
    )
    # As planned: what the preview of cohorts holds their size against.
    reviews_a_day = models.PositiveIntegerField(
        _("filings that can be reviewed a working day"), default=400, db_default=400
    )
    round_cap = models.PositiveSmallIntegerField(_("marks a round at most"), default=600)
    week_cap = models.PositiveSmallIntegerField(_("marks a week at most"), default=600)

    class Meta:
        verbose_name = _("re-registration campaign")
        verbose_name_plural = _("re-registration campaigns")
        ordering = ["-opens_on"]
        permissions = [("manage_campaign", "Open, extend and close campaigns")]
        constraints = [
            models.CheckConstraint(
                condition=Q(review_lease_minutes__gte=1), name="campaign_lease_lasts"
            ),
            models.CheckConstraint(
                condition=Q(opens_on__lt=F("due_on")), name="campaign_opens_before_it_is_due"
            ),
            models.CheckConstraint(
                condition=Q(reviews_a_day__gt=0), name="campaign_reviews_something_a_day"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self._in_language("name")

    @property
    def body(self) -> str:
        return self._in_language("body")

    @property
    def legal_base(self) -> str:
        return self._in_language("legal_base")

    @property
    def court(self) -> str:
        return self._in_language("court")

    @property
    def body_with_address(self) -> str:
        """The body, and its address where one was entered: campaigns before it have none."""
        return ", ".join(filter(None, [self.body, self._in_language("address")]))

    @property
    def is_writing_dates(self) -> bool:
        """Whether a decided date has not reached every obligation yet: no step is taken that
        rests on a date."""
        return self.due_date_moves.filter(finished_at__isnull=True).exists()

    def _in_language(self, field: str, language: str | None = None) -> str:
        return cast(str, getattr(self, f"{field}_{language or get_language() or 'kk'}"))


class CampaignDecision(AppendOnly):
    """A recorded decision on a campaign: opened, its due date changed, closed. Append-only."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("opened")
        DUE_DATE_MOVED = "due_date_moved", _("due date moved")
        CLOSED = "closed", _("closed")
        SCOPE_JOINED = "scope_joined", _("who came into scope is asked")
        SCOPE_LEFT = "scope_left", _("who left the scope is released")

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="decisions", verbose_name=_("campaign")
    )
    # Empty where it is a decision on the whole campaign.
    cohort = models.ForeignKey(
        "reregistration.Cohort",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        verbose_name=_("cohort"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    due_on = models.DateField(_("due date from now on"))
    ground = models.TextField(_("ground"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("decision on a campaign")
        verbose_name_plural = _("decisions on campaigns")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_on}"
