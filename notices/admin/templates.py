"""The wording of notices: read, drafted anew, previewed in every form, approved by another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Case, DateTimeField, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts import access
from accounts.admin_verbs import CaseAdmin, Verb, arrived_at, person, today
from accounts.models import User
from notices import email_html, emails, samples, templates, wordings
from notices.admin import differences
from notices.admin.filters import IsInForce, WaitsForApproval
from notices.documents import notice_pdf
from notices.documents.download import as_download
from notices.meanings import MEANINGS
from notices.models import NoticeTemplate
from notices.samples import EMPTIEST, LONGEST, Whose
from notices.segments import length_of
from notices.states import Kind
from notices.variables import REQUIRED, allowed
from registry.calendar import day_of, end_of
from registry.models import Organisation

VIEW = "notices.view_noticetemplate"
WRITE = "notices.write_template"
APPROVE = "notices.approve_template"
_SAMPLES: dict[str, tuple[str | Promise, Whose]] = {
    "longest": (gettext_lazy("The longest organisation"), LONGEST),
    "emptiest": (gettext_lazy("The emptiest organisation"), EMPTIEST),
}


def _variables(row: NoticeTemplate) -> list[tuple[str, str | Promise, bool]]:
    """The closed list of the kind: name, what it stands for, whether the text must say it."""
    required = REQUIRED[row.kind]
    return [
        (name, meaning, name in required)
        for name, meaning in MEANINGS.items()
        if name in allowed(row.kind)
    ]


def _is_draft(row: NoticeTemplate) -> bool:
    return row.approved_at is None and row.drafted_by_id is not None


class WordingForm(forms.Form):
    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=300, widget=UnfoldAdminTextInputWidget()
    )
    body = forms.CharField(
        label=gettext_lazy("Text"),
        help_text=gettext_lazy(
            "Variables in double braces, from the list on this page. What stands between "
            "{% if note %} and {% endif %} is left out where there is no note."
        ),
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 26}),
    )
    sms = forms.CharField(
        label=gettext_lazy("SMS"),
        required=False,
        help_text=gettext_lazy("In a few words. Empty where letters of this kind go by no SMS."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    effective_from_on = forms.DateField(
        label=gettext_lazy("In force from"),
        help_text=gettext_lazy("From 0:00 of that day. It must be approved before."),
        widget=UnfoldAdminDateWidget(),
    )


class _Write(Verb):
    """A form with the words of a version, beside the closed list of variables."""

    permission = WRITE
    form_class = WordingForm
    template = "admin/notices/write.html"
    is_nationwide = True
    ends_on_list = True

    def context(self, row: NoticeTemplate, *, on: date) -> dict[str, Any]:
        return {"variables": _variables(row)}

    @staticmethod
    def words(answers: Mapping[str, Any]) -> dict[str, Any]:
        begins_at = end_of(answers["effective_from_on"] - timedelta(days=1))
        return {
            "subject": answers["subject"],
            "body": answers["body"],
            "sms": answers["sms"],
            "effective_from_at": begins_at,
        }

    @staticmethod
    def initial(row: NoticeTemplate) -> dict[str, Any]:
        return {"subject": row.subject, "body": row.body, "sms": row.sms}


class DraftAnew(_Write):
    name = "draft"
    label = gettext_lazy("Draft a new version…")
    explanation = gettext_lazy(
        "It begins with the words of this version. It is in force from its day, once another "
        "person has approved it; until then nothing changes."
    )

    def suits(self, row: NoticeTemplate) -> bool:
        return True

    def empty_form(self, row: NoticeTemplate, asked: Mapping[str, Any]) -> forms.Form:
        return self.form(row, initial=self.initial(row))

    def run(self, row: NoticeTemplate, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        made = wordings.draft(Kind(row.kind), row.language, by=by, at=at, **self.words(answers))
        return _("Version %(version)d is drafted. Another person has to approve it.") % {
            "version": made.version
        }


class Redraft(_Write):
    name = "redraft"
    label = gettext_lazy("Change the draft…")
    explanation = gettext_lazy("Whoever changes a draft cannot approve it.")
    ends_on_list = False

    def suits(self, row: NoticeTemplate) -> bool:
        return _is_draft(row)

    def empty_form(self, row: NoticeTemplate, asked: Mapping[str, Any]) -> forms.Form:
        begins_on = day_of(row.effective_from_at)
        return self.form(row, initial={**self.initial(row), "effective_from_on": begins_on})

    def run(self, row: NoticeTemplate, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        wordings.redraft(row, by=by, at=at, **self.words(answers))
        return _("The draft is changed.")


class ReadForm(forms.Form):
    """Carries the fingerprint of the words that the page showed."""

    read = forms.CharField(widget=forms.HiddenInput())


class Approve(Verb):
    name = "approve"
    label = gettext_lazy("Approve…")
    permission = APPROVE
    form_class = ReadForm
    template = "admin/notices/approve.html"
    is_nationwide = True
    is_grave = True
    explanation = gettext_lazy(
        "Read it as its addressee will, in every form. Once approved it never changes; it is in "
        "force from its day, until a newer version is."
    )

    def suits(self, row: NoticeTemplate) -> bool:
        return _is_draft(row)

    def context(self, row: NoticeTemplate, *, on: date) -> dict[str, Any]:
        morning = end_of(on - timedelta(days=1))
        return {
            "fingerprint": wordings.fingerprint(row),
            "faults": wordings.faults(row, at=morning),
            **_compared(row, at=morning),
        }

    def run(self, row: NoticeTemplate, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        approved = wordings.approve(row, by=by, at=at, read=answers["read"])
        return _("Approved. In force from %(day)s.") % {
            "day": date_format(day_of(approved.effective_from_at))
        }


class Discard(Verb):
    name = "discard"
    label = gettext_lazy("Discard…")
    permission = WRITE
    is_nationwide = True
    is_grave = True
    ends_on_list = True
    explanation = gettext_lazy("The draft is deleted. What is in force stays as it is.")

    def suits(self, row: NoticeTemplate) -> bool:
        return _is_draft(row)

    def run(self, row: NoticeTemplate, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        wordings.discard(row, by=by, at=at)
        return _("The draft is discarded.")


def _compared(row: NoticeTemplate, *, at: datetime) -> dict[str, Any]:
    """The version in force at that moment, if it is another one, and what differs from it."""
    found = templates.rows_in_force(at).filter(kind=row.kind, language=row.language).first()
    if found is None or found.pk == row.pk:
        return {"in_force": found}
    return {"in_force": found, "other": found, "lines": differences.between(found, row)}


@admin.register(NoticeTemplate)
class NoticeTemplateAdmin(CaseAdmin):
    page = "admin/notices/template.html"
    verbs = (DraftAnew(), Redraft(), Approve(), Discard())
    list_display = ("named", "language", "version", "standing", "effective_from_at", "drafter")
    list_filter = (WaitsForApproval, IsInForce, "kind", "language")
    search_fields = ("subject", "body")
    names_itself = True

    def seen_with(self, request: HttpRequest, permission: str) -> QuerySet[Any]:
        """With whether each is in force at this moment, in one statement for all."""
        at = arrived_at(request)
        in_force = templates.rows_in_force(at).values("pk")
        rows: QuerySet[Any] = (
            super()
            .seen_with(request, permission)
            .select_related("drafted_by", "approved_by")
            .annotate(
                is_in_force=Case(When(pk__in=in_force, then=True), default=False),
                asked_at=Value(at, DateTimeField()),
            )
        )
        return rows

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{address}/",
                self.admin_site.admin_view(view),
                name=f"notices_noticetemplate_{name}",
            )
            for address, name, view in (
                ("preview", "preview", self.preview),
                ("preview/letter", "letter", self.letter),
            )
        ]
        return own + super().get_urls()

    @display(description=cast(Any, gettext_lazy("kind")), ordering="kind")
    def named(self, row: NoticeTemplate) -> str:
        return str(row.get_kind_display())

    @display(
        description=cast(Any, gettext_lazy("state")),
        label=cast(
            Any,
            {
                "in_force": "success",
                "to_come": "info",
                "replaced": "default",
                "draft": "warning",
                "proposal": "default",
            },
        ),
    )
    def standing(self, row: NoticeTemplate) -> tuple[str, str]:
        return _standing(row)

    @display(description=cast(Any, gettext_lazy("drafted by")), ordering="drafted_by")
    def drafter(self, row: NoticeTemplate) -> str:
        return str(row.drafted_by) if row.drafted_by else _("came with the portal")

    def about(self, request: HttpRequest, row: NoticeTemplate) -> dict[str, Any]:
        at = arrived_at(request)
        return {
            "title": capfirst(row.get_kind_display()),
            "standing": _standing(row)[1],
            "variables": _variables(row),
            "faults": wordings.faults(row, at=at) if _is_draft(row) else [],
            "samples": [(name, label) for name, (label, _whose) in _SAMPLES.items()],
            "preview_url": self._preview_url(row),
            **_compared(row, at=at),
        }

    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A version in every form, draft or not: e-mail as text and HTML, letter, SMS."""
        row = self.fetch(request, object_id, VIEW)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        asked = request.GET.get("whose", "longest")
        whose = self._whose(request, asked)
        about: dict[str, Any] = {
            "title": _("Preview"),
            "samples": [(name, label) for name, (label, _whose) in _SAMPLES.items()],
            "asked": asked,
            "preview_url": self._preview_url(row),
            "faults": wordings.unreadable(row),
            "is_unknown": whose is None,
        }
        if whose is not None and not about["faults"]:
            about |= self._forms_of(row, whose, at=arrived_at(request))
            about["letter_url"] = reverse("admin:notices_noticetemplate_letter", args=[row.pk])
        return self.render(request, "admin/notices/preview.html", row, **about)

    def letter(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The real PDF of the letter that a version makes."""
        row = self.fetch(request, object_id, VIEW)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        whose = self._whose(request, request.GET.get("whose", "longest"))
        if whose is None or wordings.unreadable(row):
            raise Http404(_("There is no such row among those you may see."))
        made = samples.sample(row, whose, at=arrived_at(request))
        return as_download(notice_pdf(made.notice), f"{row.kind}-{row.language}-{row.version}.pdf")

    @staticmethod
    def _preview_url(row: NoticeTemplate) -> str:
        return reverse("admin:notices_noticetemplate_preview", args=[row.pk])

    @staticmethod
    def _whose(request: HttpRequest, asked: str) -> Whose | None:
        """A sample by its name, or an organisation by its number among those one may see."""
        if asked in _SAMPLES:
            return _SAMPLES[asked][1]
        permission = "registry.view_organisation"
        if not person(request).has_perm(permission):
            return None
        seen = access.within(
            Organisation.objects.all(),
            "region",
            user=person(request),
            permission=permission,
            on=today(request),
        )
        found = seen.filter(number=asked.strip().upper()).first()
        return samples.of(found) if found else None

    @staticmethod
    def _forms_of(row: NoticeTemplate, whose: Whose, *, at: datetime) -> dict[str, Any]:
        made = samples.sample(row, whose, at=at)
        message = emails.compose(made)
        sms = made.notice.text.sms
        return {
            "organisation": whose.organisation,
            "message": message,
            "html": email_html.as_shown(message),
            "sms": sms,
            "sms_length": length_of(sms),
        }


def _standing(row: Any) -> tuple[str, str]:
    """In which state a version is, as code and words; the row knows whether it is in force."""
    if row.is_in_force:
        return "in_force", _("in force")
    if row.approved_at is None:
        if row.drafted_by_id is None:
            return "proposal", _("proposal that came with the portal")
        return "draft", _("draft, waits for approval")
    if row.effective_from_at > row.asked_at:
        return "to_come", _("approved, in force from its day")
    return "replaced", _("replaced")
