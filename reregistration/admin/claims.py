"""Claims to decide, and the documents behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin_verbs import Verb, person
from accounts.models import User
from notices import claims
from registry import uploads
from registry.models import Claim, ClaimDocument
from reregistration.admin.columns import column
from reregistration.admin.filters import ANY, Question, WhichRegion
from reregistration.admin.organisations import OrganisationRowsAdmin

DECIDE = "registry.decide_claim"


class WaitingForDecision(Question):
    title = gettext_lazy("Waiting for a decision?")
    parameter_name = "waiting"
    answers: ClassVar = {
        "yes": gettext_lazy("yes"),
        "ministry": gettext_lazy("yes, and only the ministry decides"),
        "no": gettext_lazy("no"),
        ANY: gettext_lazy("show all"),
    }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.answer == "yes":
            return queryset.filter(state=Claim.State.WAITING)
        if self.answer == "ministry":
            silent = queryset.filter(means__in=Claim.BY_CODE, objections__isnull=True)
            waiting = queryset.filter(state=Claim.State.WAITING)
            return waiting.exclude(pk__in=silent.values("pk"))
        if self.answer == "no":
            return queryset.exclude(state=Claim.State.WAITING)
        return queryset


class DecisionForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Grounds"),
        help_text=gettext_lazy("They stand in the letter to the claimant as you write them."),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )


class RefusalForm(DecisionForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True


class _Decision(Verb):
    permission = DECIDE
    ends_on_list = True
    form_class = DecisionForm
    outcome: ClassVar[Claim.State]

    def suits(self, row: Claim) -> bool:
        return row.state == Claim.State.WAITING

    def context(self, row: Claim, *, on: date) -> dict[str, Any]:
        return {"facts": list(_facts(row))}

    def run(self, row: Claim, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        claims.decide(row, self.outcome, by=by, at=at, note=answers["note"])
        return _("%(claim)s: decided, and the claimant is told.") % {"claim": row}


class Accept(_Decision):
    name = "accept"
    label = gettext_lazy("Accept…")
    explanation = gettext_lazy("The person acts for the organisation from now on, as a manager.")
    outcome = Claim.State.ACCEPTED


class Refuse(_Decision):
    name = "refuse"
    label = gettext_lazy("Refuse…")
    explanation = gettext_lazy(
        "The person may not act. A sign of life keeps the organisation from marking until somebody "
        "has looked at it."
    )
    form_class = RefusalForm
    outcome = Claim.State.REFUSED


@admin.register(Claim)
class ClaimAdmin(OrganisationRowsAdmin):
    """The oldest first: whoever asked first is answered first."""

    region = "organisation__region"
    also_read = ("user", "decided_by")
    page = "admin/reregistration/claim.html"
    verbs = (Accept(), Refuse())
    list_display = (
        "organisation_number",
        "organisation_name",
        "region_name",
        "claimant",
        "means",
        "objection_count",
        "decide_until_on",
        "state_label",
    )
    list_filter = (WaitingForDecision, WhichRegion, "means")
    ordering = ("opened_at", "pk")

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().seen_with(request, permission)
        counted: QuerySet[Any] = rows.annotate(objection_count=Count("objections"))
        return counted

    def get_urls(self) -> list[URLPattern]:
        download = path(
            "documents/<int:document_id>/",
            self.admin_site.admin_view(self.download),
            name="registry_claim_document",
        )
        return [download, *super().get_urls()]

    def download(self, request: HttpRequest, document_id: int) -> FileResponse:
        """A claim's document, for those who decide in its region or audit."""
        permission = "registry.view_claimdocument"
        if not person(request).has_perm(permission) or request.method != "GET":
            raise PermissionDenied
        document = get_object_or_404(
            ClaimDocument.objects.select_related("file"),
            pk=document_id,
            claim__in=self.seen_with(request, permission).values("pk"),
        )
        return uploads.download(document.file)

    @column(gettext_lazy("claimant"))
    def claimant(self, row: Claim) -> str:
        return str(row.user)

    @column(gettext_lazy("objections"), ordering="objection_count")
    def objection_count(self, row: Any) -> int:
        count: int = row.objection_count
        return count

    @column(
        gettext_lazy("state"),
        ordering="state",
        label={Claim.State.WAITING: "info", Claim.State.ACCEPTED: "success"},
    )
    def state_label(self, row: Claim) -> tuple[str, str]:
        return row.state, row.get_state_display()

    def about(self, request: HttpRequest, row: Claim) -> dict[str, Any]:
        acting = row.organisation.representatives.filter(until_at__isnull=True)
        return {
            "title": row.organisation.name,
            "facts": list(_facts(row)),
            "acting": acting.select_related("user").order_by("from_at"),
            "documents": row.documents.select_related("file"),
            "may_download": person(request).has_perm("registry.view_claimdocument"),
            "objections": row.objections.select_related("by"),
        }


def _facts(row: Claim) -> Iterator[tuple[str, Any]]:
    yield _("Claimant"), f"{row.user} ({row.user.email})" if row.user.get_full_name() else row.user
    yield _("Position"), row.get_position_display()
    yield _("Rests on"), row.get_means_display()
    yield _("State"), row.get_state_display()
    yield _("Opened"), row.opened_at
    yield _("Others may object until"), row.object_until_on
    yield _("To be decided by"), row.decide_until_on
    if row.decided_at:
        yield _("Decided"), row.decided_at
        yield _("Decided by"), row.decided_by or "—"
        yield _("Grounds"), row.note or "—"
