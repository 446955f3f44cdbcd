"""Protocols: read, signed by another person, or struck out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import FileResponse, Http404, HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_verbs import CaseAdmin, ReasonForm, Verb
from accounts.models import User
from grants import commission
from grants.admin import shown
from grants.models import Protocol
from registry import uploads
from registry.money import tenge

SIGN = "grants.sign_protocol"


class _OfTheUnsigned(Verb):
    permission = SIGN
    is_nationwide = True
    is_grave = True

    def suits(self, row: Protocol) -> bool:
        return row.signed_at is None and row.struck_at is None


class Sign(_OfTheUnsigned):
    name = "sign"
    label = gettext_lazy("Sign…")
    explanation = gettext_lazy(
        "Read the PDF first. What the commission decided takes effect: the reserve list and the "
        "refusals at once, each award by an officer."
    )

    def run(self, row: Protocol, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        commission.sign(row, by=by, at=at)
        return _("The protocol is signed.")


class Strike(_OfTheUnsigned):
    name = "strike"
    label = gettext_lazy("Strike out…")
    form_class = ReasonForm
    explanation = gettext_lazy("It counts for nothing, and stays to be read.")

    def run(self, row: Protocol, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        commission.strike(row, reason=answers["reason"], by=by, at=at)
        return _("The protocol is struck out.")


@admin.register(Protocol)
class ProtocolAdmin(CaseAdmin):
    page = "admin/grants/case.html"
    verbs = (Sign(), Strike())
    names_itself = True
    list_display = ("number", "call_shown", "kind", "held_on", "signed_at", "struck_at")
    list_filter = ("kind", "call")
    list_select_related = ("call",)

    @admin.display(description=gettext_lazy("Call"), ordering="call")
    def call_shown(self, row: Protocol) -> str:
        return str(row.call)

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<path:object_id>/document/",
            self.admin_site.admin_view(self.document_view),
            name="grants_protocol_document",
        )
        return [own, *super().get_urls()]

    def document_view(self, request: HttpRequest, object_id: str) -> FileResponse:
        row = self.fetch(request, object_id, "grants.view_protocol")
        if row.file is None:
            raise Http404
        return uploads.download(row.file)

    def about(self, request: HttpRequest, row: Protocol) -> dict[str, Any]:
        decisions = row.decisions.select_related("application__organisation")
        return {
            "under": f"{row.call} · {row.get_kind_display()} · {row.stands_as}",
            "file_url": reverse("admin:grants_protocol_document", args=[row.pk]),
            "facts": [
                (_("Held"), shown.day(row.held_on)),
                (_("Present"), row.present),
                (_("Drafted by"), row.drafted_by),
                (_("Signed by"), row.signed_by or "—"),
                (_("Signed"), shown.moment(row.signed_at)),
                (_("Why it was struck out"), row.struck_reason or "—"),
                (_("Fingerprint (SHA-256)"), row.file.sha256 if row.file else "—"),
            ],
            "tables": [
                (
                    _("Decisions"),
                    [_("Application"), _("Decision"), _("Amount, tenge"), _("Place"), _("Why")],
                    [
                        (
                            f"{held.application} {held.application.organisation.name}",
                            held.get_outcome_display(),
                            tenge(held.amount),
                            held.reserve_rank or "—",
                            held.words,
                        )
                        for held in decisions
                    ],
                )
            ],
        }
