"""Referral files to read and download, and the configuration they rest on: grounds and bodies."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import FileResponse, HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, StackedInline

from accounts.admin_verbs import ReasonForm, Verb, today
from accounts.models import User
from registry import uploads
from reregistration.admin.columns import column
from reregistration.admin.court import RecordDecision
from reregistration.admin.filters import WhichRegion
from reregistration.admin.marking import SENTENCE, VERB_PAGE
from reregistration.admin.organisations import OrganisationRowsAdmin
from reregistration.models import GroundEvidence, LegalGround, ReceivingBody, Referral
from reregistration.referral import file
from reregistration.states import ReferralState


class Drop(Verb):
    name = "drop"
    label = gettext_lazy("Drop the file…")
    permission = "reregistration.prepare_referral"
    template = VERB_PAGE
    form_class = ReasonForm
    is_grave = True
    explanation = gettext_lazy(
        "It is sent nowhere. It stays to be read, and another can be prepared in its place."
    )

    def suits(self, row: Referral) -> bool:
        return row.state == ReferralState.PREPARED

    def run(self, row: Referral, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        file.drop(row, by=by, at=at, reason=answers["reason"])
        return _("The file is dropped.")


@admin.register(Referral)
class ReferralAdmin(OrganisationRowsAdmin):
    region = "obligation__organisation__region"
    to_organisation = "obligation.organisation"
    also_read = (
        "ground",
        "receiving_body",
        "file",
        "content",
        "prepared_by",
        "ended_by",
        "obligation__campaign",
    )
    page = "admin/reregistration/referral.html"
    list_before_template: Any = SENTENCE
    verbs = (Drop(), RecordDecision())
    names_itself = True
    list_display = (
        "number",
        "organisation_name",
        "region_name",
        "state_label",
        "body_name",
        "prepared_at",
    )
    list_filter = ("state", WhichRegion)
    ordering = ("-pk",)

    @column(
        gettext_lazy("state"),
        ordering="state",
        label={
            ReferralState.PREPARED: "info",
            ReferralState.SCHEDULED: "info",
            ReferralState.REFERRED: "danger",
        },
    )
    def state_label(self, row: Referral) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @column(gettext_lazy("receiving body"))
    def body_name(self, row: Referral) -> str:
        return row.receiving_body.name

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{kind}/",
                self.admin_site.admin_view(self.file_view),
                {"kind": kind},
                name=f"reregistration_referral_{kind}",
            )
            for kind in ("pdf", "json")
        ]
        return [*own, *super().get_urls()]

    def file_view(self, request: HttpRequest, object_id: str, kind: str) -> FileResponse:
        """The file as it was made, for whoever may see it in its region."""
        row = self.fetch(request, object_id, "reregistration.view_referral")
        return uploads.download(row.file if kind == "pdf" else row.content)

    def about(self, request: HttpRequest, row: Referral) -> dict[str, Any]:
        is_open = row.state in (ReferralState.PREPARED, ReferralState.SCHEDULED)
        on = today(request)
        return {
            "title": f"{row.number} {row.obligation.organisation.name}",
            "organisation": row.obligation.organisation,
            "is_open": is_open,
            "against": (file.reasons_against(row.obligation, row.ground, on) if is_open else []),
        }


class GroundEvidenceInline(StackedInline):
    model = GroundEvidence
    extra = 0
    # Paged, so in an order.
    ordering = ("position", "pk")
    fields = ("kind", "minimum", "position", "words_kk", "words_ru", "words_en")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open(obj) and bool(super().has_add_permission(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open(obj) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_open(obj) and bool(super().has_delete_permission(request, obj))

    def _is_open(self, ground: LegalGround | None) -> bool:
        """What a ground asks for changes only as long as no file rests on it."""
        return ground is None or not ground.referrals.exists()


class GroundForm(forms.ModelForm):  # type: ignore[type-arg]
    """Two rows of one code are never in force on one day."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        code, from_on = cleaned.get("code") or self.instance.code, cleaned.get("from_on")
        if from_on:
            until_on = cleaned.get("until_on") or date.max
            kept = type(self.instance)._default_manager
            others = kept.filter(code=code, from_on__lt=until_on).exclude(pk=self.instance.pk)
            if any(other.until_on is None or other.until_on > from_on for other in others):
                raise forms.ValidationError(
                    _("Another wording of this ground is in force then. End that one first.")
                )
        return cleaned


class LegalGroundForm(GroundForm):
    class Meta:
        model = LegalGround
        exclude: tuple[str, ...] = ()


class Configuration(ModelAdmin):
    """Rows that staff keep. What something rests on is ended, and the next is another row."""

    # How what rests on a row is called by the row.
    rests: ClassVar[str] = "referrals"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None or not getattr(obj, self.rests).exists():
            return ()
        fields = (field.name for field in self.opts.fields if field.name != "id")
        return tuple(name for name in fields if name != "until_on")


@admin.register(LegalGround)
class LegalGroundAdmin(Configuration):
    form = LegalGroundForm
    inlines = (GroundEvidenceInline,)
    list_before_template: Any = SENTENCE
    list_display = ("code", "name_now", "article_now", "track", "in_force", "from_on", "until_on")
    list_filter = ("track",)

    @column(gettext_lazy("ground"))
    def name_now(self, row: LegalGround) -> str:
        return row.name

    @column(gettext_lazy("article of law"))
    def article_now(self, row: LegalGround) -> str:
        return f"{row.article}. {row.remark}" if row.remark else row.article

    @column(gettext_lazy("in force today"), boolean=True)
    def in_force(self, row: Any) -> bool:
        return bool(row.is_in_force_today)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LegalGround]:
        rows: QuerySet[LegalGround] = super().get_queryset(request)
        now = LegalGround.objects.in_force(today(request)).filter(pk=OuterRef("pk"))
        return rows.annotate(is_in_force_today=Exists(now))


@admin.register(ReceivingBody)
class ReceivingBodyAdmin(Configuration):
    list_before_template: Any = SENTENCE
    list_display = ("name_now", "region", "email", "from_on", "until_on")
    list_select_related = ("region",)

    @column(gettext_lazy("name"))
    def name_now(self, row: ReceivingBody) -> str:
        return row.name
