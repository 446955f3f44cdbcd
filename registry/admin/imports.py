"""The import desk: bring an extract, look at what it would do, commit it, see how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import access
from accounts.admin_exports import Cell, as_csv, write_down
from accounts.admin_verbs import CaseAdmin, Verb, arrived_at, person, today
from accounts.models import User
from accounts.refusals import Refused
from registry.admin.merging import GroundForm
from registry.file_types import EXTRACTS
from registry.imports import jobs, undoing
from registry.imports.reasons import Reason
from registry.models import ImportJob
from registry.sentences import in_reader_language
from registry.states import ImportState
from registry.uploads import UploadField

ADD = "registry.add_importjob"
VIEW = "registry.view_importjob"
# The kinds of change, in the order of the page.
KINDS = {
    "new": gettext_lazy("new"),
    "changed": gettext_lazy("changed"),
    "unchanged": gettext_lazy("unchanged"),
    "repeated": gettext_lazy("repeated"),
    "refused": gettext_lazy("refused"),
    "absent": gettext_lazy("absent since the last extract"),
}


class BringForm(forms.Form):
    file = UploadField(allowed=EXTRACTS, label=gettext_lazy("Extract of the state register"))


class Commit(Verb):
    name = "commit"
    label = gettext_lazy("Commit the import…")
    permission = ADD
    is_grave = True
    is_nationwide = True
    explanation = gettext_lazy(
        "All rows that are not refused are written to the register at once, each change with its "
        "line. It takes some minutes; you may leave the page."
    )

    def suits(self, row: ImportJob) -> bool:
        return row.state == ImportState.PREVIEWED

    def run(self, row: ImportJob, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        jobs.commit(row, by=by, at=at)
        return _("The import begins within a minute.")


class Undo(Verb):
    name = "undo"
    label = gettext_lazy("Undo the import…")
    permission = ADD
    form_class = GroundForm
    template = "admin/registry/undo_import.html"
    is_grave = True
    is_nationwide = True
    explanation = gettext_lazy(
        "Each organisation that this import changed gets back what it had, each that it entered is "
        "taken out of the register, all at once or not at all. Nothing is deleted: new lines say "
        "so. The same file, or a corrected one, may be imported after it."
    )

    def suits(self, row: ImportJob) -> bool:
        return row.state == ImportState.DONE

    def context(self, row: ImportJob, *, on: date) -> dict[str, Any]:
        return {"preview": undoing.preview(row.extract) if row.extract else None}

    def run(self, row: ImportJob, answers: dict[str, Any], *, by: User, at: datetime) -> str:
        jobs.undo(row, ground=answers["ground"], by=by, at=at)
        return _("The undo begins within a minute.")


@admin.register(ImportJob)
class ImportJobAdmin(CaseAdmin):
    list_display = ("file", "state", "as_of_on", "uploaded_at", "by", "committed_by")
    list_filter = ("state",)
    list_select_related = ("file", "by", "committed_by")
    page = "admin/registry/import.html"
    verbs: ClassVar = (Commit(), Undo())

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:pk>/progress/",
                self.admin_site.admin_view(self.progress_view),
                name="registry_importjob_progress",
            ),
            path(
                "<int:pk>/refused/",
                self.admin_site.admin_view(self.refused_view),
                name="registry_importjob_refused",
            ),
        ]
        return own + super().get_urls()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """For those who may in every region: an extract touches all of them."""
        user = person(request)
        return user.has_perm(ADD) and access.regions_with(user, ADD, today(request)) is None

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Bring a file; a refusal is a sentence beside it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        is_post = request.method == "POST"
        form = BringForm(request.POST, request.FILES) if is_post else BringForm()
        if is_post and form.is_valid():
            try:
                job = jobs.bring(
                    form.cleaned_data["file"], by=person(request), at=arrived_at(request)
                )
            except Refused as refusal:
                form.add_error("file", str(refusal))
            else:
                messages.success(
                    request, _("The file is kept. Within a minute it is tried: nothing is written.")
                )
                return HttpResponseRedirect(self.row_url(job))
        return self.render(
            request,
            "admin/registry/bring_extract.html",
            None,
            title=_("Import an extract"),
            form=form,
        )

    def about(self, request: HttpRequest, row: ImportJob) -> dict[str, Any]:
        return {
            "kinds": [
                {
                    "label": label,
                    "count": row.counts.get(kind, 0),
                    "samples": [
                        sample if isinstance(sample, str) else in_reader_language(sample)
                        for sample in row.samples.get(kind, [])
                    ],
                }
                for kind, label in KINDS.items()
                if row.counts
            ],
        }

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that shows how far it is; asked for again while a worker works."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        row = self.fetch(request, str(pk), VIEW)
        response = self.render(request, "admin/registry/_import_progress.html", row)
        if not row.waits:
            # What was found, and what may be done now, stand elsewhere on the page.
            response["HX-Refresh"] = "true"
        return response

    def refused_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The refused rows with their cells as they came."""
        if request.method != "GET":
            raise PermissionDenied
        row = self.fetch(request, str(pk), VIEW)
        write_down(request, self, "csv", row.counts.get("refused", 0))
        return as_csv(_refused(row), f"refused-{row.pk}.csv")


def _refused(job: ImportJob) -> Iterator[list[Cell]]:
    names = "line", "reason", "sentence", "sentences", "cells"
    rows = job.extract.refused_rows.values(*names) if job.extract else job.refusals
    columns: list[str] | None = None
    for row in rows:
        if columns is None:
            columns = list(row["cells"])
            yield [_("line"), _("reason"), _("what to do"), *columns]
        cells = [str(row["cells"].get(name, "")) for name in columns]
        sentence = in_reader_language(row.get("sentences") or {}) or row["sentence"]
        yield [row["line"], str(Reason(row["reason"]).label), sentence, *cells]
