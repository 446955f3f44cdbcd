"""Pages of one application: its answers saved as they are typed, budget, papers, submission."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.limits import refuse_beyond
from accounts.refusals import Refused
from grants import access, applications, documents, drafts, eligibility
from grants.access import SignedInRequest
from grants.forms import ApplicationForm, LineFormSet, PaperForm, ReasonForm, SubmitForm
from grants.models import Application, FormalCheck
from grants.states import APPLICATION_ALLOWED, MAY_BE_CHANGED, ApplicationState, PaperKind
from notices.documents.download import as_download
from registry import uploads
from registry.calendar import day_of

_PREFIX = "line"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def application(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    """The answers of a draft; of one that is handed in, its receipt."""
    found = access.application_of(request.user, number, pk)
    may_write = access.may_write_for(request.user, found.organisation)
    if found.state not in MAY_BE_CHANGED or not may_write:
        return _handed_in(request, found, may_write)
    if request.method != "POST":
        return _page(request, "application", found, form=ApplicationForm(instance=found))
    return _saved(request, found)


def _saved(request: SignedInRequest, found: Application) -> HttpResponse:
    is_autosave = request.headers.get("HX-Trigger") == "section-form"
    revision = _number(request.POST.get("revision"))
    # The form writes into the row that it is given: the verb is given another.
    form = ApplicationForm(
        request.POST,
        instance=access.application_of(request.user, found.organisation.number, found.pk),
    )
    form.is_valid()
    told, regions = form.answers()
    try:
        saved = drafts.save(
            found, told, regions=regions, revision=revision, by=request.user, at=request.arrived_at
        )
    except Refused as refusal:
        if is_autosave:
            return _page(request, "_saved", found, refusal=str(refusal))
        form.add_error(None, str(refusal))
        return _page(request, "application", found, form=form)
    if is_autosave:
        answer = _page(request, "_saved", saved, faults=form.errors)
        answer["HX-Trigger"] = "filing-saved"
        return answer
    if form.errors:
        return _page(request, "application", saved, form=form)
    if "save" in request.POST:
        messages.success(request, _("Saved. You can go on now or later."))
        return redirect("grants_application", found.organisation.number, found.pk)
    return redirect("grants_budget", found.organisation.number, found.pk)


def _handed_in(request: SignedInRequest, found: Application, may_write: bool) -> HttpResponse:
    return _page(
        request,
        "handed_in",
        found,
        answers=_answers(found),
        lines=found.lines.all(),
        papers=found.papers.select_related("file"),
        events=found.events.order_by("pk"),
        is_draft=found.state == ApplicationState.DRAFT,
        may_withdraw=may_write and ApplicationState.WITHDRAWN in APPLICATION_ALLOWED[found.state],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def budget(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    found = access.application_to_write(request.user, number, pk)
    if request.method != "POST":
        return _budget_page(request, found, _lines_of(found))
    formset = LineFormSet(
        request.POST,
        prefix=_PREFIX,
        form_kwargs={"use_required_attribute": False, "empty_permitted": True},
    )
    if "add" in request.POST or not formset.is_valid():
        if "add" in request.POST:
            typed = request.POST.copy()
            total = min(_number(typed.get(f"{_PREFIX}-TOTAL_FORMS")) + 1, drafts.MOST_LINES)
            typed[f"{_PREFIX}-TOTAL_FORMS"] = str(total)
            formset = _unjudged(typed)
        return _budget_page(request, found, formset)
    lines = [line for form in formset.forms if (line := form.line())]
    try:
        drafts.write_budget(
            found,
            lines,
            revision=_number(request.POST.get("revision")),
            by=request.user,
            at=request.arrived_at,
        )
    except Refused as refusal:
        return _budget_page(request, found, formset, refusal=str(refusal))
    if "next" in request.POST:
        return redirect("grants_papers", number, pk)
    messages.success(request, _("Saved. You can go on now or later."))
    return redirect("grants_budget", number, pk)


def _lines_of(found: Application) -> Any:
    rows = list(found.lines.values("category", "name", "quantity", "unit_price"))
    formset = LineFormSet(initial=rows, prefix=_PREFIX)
    formset.extra = 1 if not rows else 0
    return formset


def _unjudged(typed: Any) -> Any:
    """Another row under what was typed, which is not judged yet."""
    names = ("category", "name", "quantity", "unit_price")
    count = _number(typed.get(f"{_PREFIX}-TOTAL_FORMS"))
    rows = [
        {name: typed.get(f"{_PREFIX}-{place}-{name}", "") for name in names}
        for place in range(count)
        if not typed.get(f"{_PREFIX}-{place}-DELETE")
    ]
    return LineFormSet(initial=rows, prefix=_PREFIX)


def _budget_page(
    request: SignedInRequest, found: Application, formset: Any, refusal: str = ""
) -> HttpResponse:
    spent, may = applications.institutional_share(found)
    call = found.lot.call
    return _page(
        request,
        "budget",
        found,
        formset=formset,
        refusal=refusal,
        call=call,
        spent=spent,
        may=may,
        most=min(call.most_amount or found.lot.budget, found.lot.budget),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def papers(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    found = access.application_to_write(request.user, number, pk)
    form = PaperForm()
    if request.method == "POST":
        if "remove" in request.POST:
            drafts.detach(
                found, _number(request.POST["remove"]), by=request.user, at=request.arrived_at
            )
            return redirect("grants_papers", number, pk)
        # Scanning and storing cost more than any other page.
        refuse_beyond(request, "upload", "60/h")
        form = PaperForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                stored = uploads.take(
                    form.cleaned_data["file"], by=request.user, at=request.arrived_at
                )
                drafts.attach(
                    found,
                    PaperKind(form.cleaned_data["kind"]),
                    stored,
                    by=request.user,
                    at=request.arrived_at,
                )
            except Refused as refusal:
                form.add_error("file", str(refusal))
            else:
                return redirect("grants_papers", number, pk)
    return _page(request, "papers", found, form=form, papers=found.papers.select_related("file"))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def submit(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    """The answers once more, what is missing, the eight points, and the submission itself."""
    access.organisation_to_write_for(request.user, number)
    found = access.application_of(request.user, number, pk)
    if request.method == "POST":
        form = SubmitForm(request.POST)
        if form.is_valid():
            found.revision = form.cleaned_data["revision"]
            try:
                applications.submit(
                    found,
                    clear_of=form.cleaned_data["clear_of"],
                    by=request.user,
                    at=request.arrived_at,
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("grants_application", number, pk)
    else:
        form = SubmitForm(initial={"revision": found.revision})
    if found.state not in MAY_BE_CHANGED:
        return redirect("grants_application", number, pk)
    on = day_of(request.arrived_at)
    return _page(
        request,
        "submit",
        found,
        form=form,
        faults=applications.faults(found),
        reasons=eligibility.reasons_against(found.organisation, found.lot.call, on),
        lines=found.lines.all(),
        papers=found.papers.select_related("file"),
        answers=_answers(found),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def withdraw(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    access.organisation_to_write_for(request.user, number)
    found = access.handed_in(request.user, number, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            applications.withdraw(
                found, reason=form.cleaned_data["reason"], by=request.user, at=request.arrived_at
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The application is withdrawn."))
        return redirect("grants_application", number, pk)
    return _page(request, "withdraw", found, form=form)


@require_safe
@login_required
def receipt(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    found = access.handed_in(request.user, number, pk)
    content = documents.receipt(found, get_language() or "ru")
    return as_download(content, f"{found.number}.pdf")


@require_safe
@login_required
def paper(request: SignedInRequest, key: str) -> FileResponse:
    return uploads.download(access.paper_of(request.user, key))


def _answers(found: Application) -> list[tuple[str, Any]]:
    names = ("title", "summary", "problem", "goal", "activities", "results", "area")
    told: list[tuple[str, Any]] = [
        (capfirst(str(Application._meta.get_field(name).verbose_name)), getattr(found, name))  # type: ignore[union-attr]
        for name in names
    ]
    regions = ", ".join(row.name for row in found.regions.all())
    return [
        *told,
        (_("Regions of the project"), regions),
        (_("The project begins"), date_format(found.starts_on) if found.starts_on else ""),
        (_("The project ends"), date_format(found.ends_on) if found.ends_on else ""),
    ]


def _number(typed: str | None) -> int:
    text = typed or ""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _check(found: Application) -> FormalCheck | None:
    """What the operator found, while it stands against the application."""
    if found.state not in (ApplicationState.RETURNED, ApplicationState.REJECTED):
        return None
    return found.checks.order_by("-pk").first()


def _page(request: SignedInRequest, name: str, found: Application, **context: Any) -> HttpResponse:
    return render(
        request,
        f"grants/{name}.html",
        {
            "section": "my",
            "application": found,
            "organisation": found.organisation,
            "call": found.lot.call,
            "lot": found.lot,
            "check": _check(found),
            **context,
        },
    )
