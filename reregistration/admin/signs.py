"""Signs of life, a person's queue: what each rests on, and whether it stands in a mark's way."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin_verbs import Verb, person, today
from accounts.models import User
from registry import signs
from registry.models import Claim, Extract, SignOfLife
from registry.states import SignKind
from reregistration.admin.columns import column
from reregistration.admin.filters import ANY, Question, WhichCampaign, WhichRegion
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.marking import rule
from reregistration.models import Campaign, Obligation
from reregistration.states import CampaignState

# What a reference names: "claim:12".
_NAMED: dict[str, type[Model]] = {
    "claim": Claim,
    "extract": Extract,
    "obligation": Obligation,
}


class ResolutionForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("What you found"),
        help_text=gettext_lazy("It is kept with the sign; an auditor and a court read it."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )


class Resolve(Verb):
    name = "resolve"
    label = gettext_lazy("Resolve…")
    permission = "registry.resolve_signoflife"
    form_class = ResolutionForm
    is_grave = True
    ends_on_list = True
    explanation = gettext_lazy(
        "You have looked into it, and it does not show that the organisation is at work. Then a "
        "round may choose the organisation again, if everything else holds. Nothing is marked by "
        "this. A later login is a new sign."
    )

    def suits(self, row: SignOfLife) -> bool:
        return row.resolved_at is None

    def context(self, row: SignOfLife, *, on: date) -> dict[str, Any]:
        return {"facts": [(_("Kind"), row.get_kind_display()), (_("Rests on"), rests_on(row))]}

    def run(self, row: SignOfLife, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        signs.resolve(row, reason=answers["reason"], by=by, at=at)
        return _("Resolved.")


class Unresolved(Question):
    title = gettext_lazy("Resolved?")
    parameter_name = "resolved"
    answers: ClassVar = {
        "no": gettext_lazy("no, and in force"),
        "over": gettext_lazy("no, but its last day has passed"),
        "yes": gettext_lazy("yes"),
        ANY: gettext_lazy("show all"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == "no":
            return queryset.filter(pk__in=SignOfLife.objects.unresolved(today(request)))
        if self.answer == "over":
            return queryset.filter(resolved_at__isnull=True, until_on__lt=today(request))
        if self.answer == "yes":
            return queryset.filter(resolved_at__isnull=False)
        return queryset


class StandsInTheWay(Question):
    title = gettext_lazy("Stands in the way of marking now?")
    parameter_name = "stands"
    answers: ClassVar = {
        ANY: gettext_lazy("show all"),
        "yes": gettext_lazy("yes, everything else holds"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == ANY:
            return queryset
        on = today(request)
        held_back = Q(pk__in=[])
        for campaign in Campaign.objects.filter(state=CampaignState.OPEN):
            silent = rule.liquidable(campaign, on, but=rule.NO_SIGN_OF_LIFE)
            held_back |= Q(organisation__in=silent.order_by().values("organisation"))
        return queryset.filter(held_back, pk__in=SignOfLife.objects.unresolved(on))


@admin.register(SignOfLife)
class SignOfLifeAdmin(OrganisationRowsAdmin):
    """The oldest first."""

    region = "organisation__region"
    campaign = "organisation__obligations__campaign"
    also_read = ("resolved_by",)
    page = "admin/reregistration/sign.html"
    verbs = (Resolve(),)
    list_display = (
        "organisation_number",
        "organisation_name",
        "region_name",
        "kind",
        "what",
        "from_on",
        "until_on",
    )
    list_filter = (StandsInTheWay, Unresolved, "kind", WhichCampaign, WhichRegion)
    ordering = ("from_on", "pk")

    @column(gettext_lazy("rests on"), ordering="reference")
    def what(self, row: SignOfLife) -> str:
        return rests_on(row)

    def about(self, request: HttpRequest, row: SignOfLife) -> dict[str, Any]:
        on = today(request)
        return {
            "title": row.organisation.name,
            "facts": [
                (_("Kind"), row.get_kind_display()),
                (_("From"), row.from_on),
                (_("Until"), row.until_on or "—"),
            ],
            "rests_on": rests_on(row),
            "link": _link(request, row),
            "is_over": row.until_on is not None and row.until_on < on,
            "campaigns": [(obligation, _against(obligation, on)) for obligation in _open_of(row)],
        }


def rests_on(row: SignOfLife) -> str:
    """What a sign rests on, in words."""
    what, _colon, which = row.reference.partition(":")
    if row.kind == SignKind.LOGIN and row.until_on:
        last_on = row.until_on - timedelta(days=signs.LOGIN_DAYS)
        return _("last seen on %(on)s") % {"on": date_format(last_on)}
    if what == "claim":
        return _("claim %(number)s") % {"number": which}
    if what == "extract":
        return _("extract %(number)s") % {"number": which}
    if what == "obligation":
        return _("drafts of several claimants")
    return row.reference


def _link(request: HttpRequest, row: SignOfLife) -> str:
    """The page of what it rests on, for those who may read it."""
    what, _colon, which = row.reference.partition(":")
    model = _NAMED.get(what)
    if model is None:
        return ""
    label, name = model._meta.app_label, model._meta.model_name
    if not person(request).has_perm(f"{label}.view_{name}"):
        return ""
    return reverse(f"admin:{label}_{name}_change", args=[which.partition("/")[0]])


def _open_of(row: SignOfLife) -> QuerySet[Obligation]:
    return Obligation.objects.filter(
        organisation=row.organisation, campaign__state=CampaignState.OPEN
    ).select_related("campaign", "organisation")


def _against(obligation: Obligation, on: date) -> list[str]:
    """What else keeps the organisation from marking that day, as sentences."""
    against = rule.reasons_against(obligation, on)
    return [str(one.sentence) for one in against if one.code != rule.NO_SIGN_OF_LIFE]
