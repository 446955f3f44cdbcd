"""The pages on which a person fills in a filing: the beginning, the sections, the check."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.refusals import Refused
from reregistration import access, answers, attachments, claimants, drafts, prefill, tasklist
from reregistration import filing as filings
from reregistration.access import SignedInRequest
from reregistration.drafts import SavedElsewhere
from reregistration.forms import BeginningForm, DeclarationForm
from reregistration.models import Filing, Obligation
from reregistration.sections import remarks, saves, words
from reregistration.sections.section import Section
from reregistration.sections.sheet import Sheet, with_rows
from reregistration.sections.table import missing_parts, sections_of
from reregistration.states import AttachmentKind, FilingKind, FilingState

# Sent as add_row and so on: a button “remove” would hide its form's own `remove` from scripts.
_ROW_BUTTONS = ("add", "remove", "restore")


@login_required
def start(request: SignedInRequest, number: str, campaign: str) -> HttpResponse:
    """What the filing answers and which form; then the draft, made or gone on with.

    A post without these questions goes on as the version before it.
    """
    found = access.obligation_to_file(request.user, number, campaign)
    draft = _draft(request, found)
    form = _beginning(request, found, draft)
    if request.method != "POST":
        return _page(request, "begin", obligation=found, draft=draft, form=form)
    try:
        if "asked" not in request.POST:
            draft = filings.start(found, by=request.user, at=request.arrived_at)
        elif form.is_valid():
            draft = _begun(request, found, form)
        else:
            return _page(request, "begin", obligation=found, draft=draft, form=form)
    except Refused as refusal:
        if "asked" in request.POST and form.is_valid() and form.chosen[0] == FilingKind.UNCHANGED:
            form.add_error("kind", str(refusal))
            return _page(request, "begin", obligation=found, draft=draft, form=form)
        messages.error(request, str(refusal))
        return redirect("obligation", number, campaign)
    return _first_page(request, found, draft)


def _begun(request: SignedInRequest, found: Obligation, form: BeginningForm) -> Filing:
    kind, is_short = form.chosen
    by, at = request.user, request.arrived_at
    draft = filings.start(found, by=by, at=at, kind=kind, is_short=is_short)
    if (draft.kind, draft.is_short) == (kind, is_short):
        return draft
    return drafts.choose(draft, kind=kind, is_short=is_short, by=by, at=at)


def _beginning(request: SignedInRequest, found: Obligation, draft: Filing | None) -> BeginningForm:
    is_representative = access.represents(request.user, found.organisation)
    held = prefill.held(found.organisation) if is_representative else None
    initial: dict[str, Any] = {"asked": True}
    if draft:
        initial |= {"kind": draft.kind, "size": "no" if draft.is_short else "yes"}
    return BeginningForm(
        request.POST if request.method == "POST" else None,
        campaign=found.campaign,
        may_be_unchanged=bool(held and prefill.knows_enough(held)),
        initial=initial,
    )


def _first_page(request: SignedInRequest, found: Obligation, draft: Filing) -> HttpResponse:
    """The task list of the full form and of a returned filing; else the first section at once."""
    sections = sections_of(draft)
    if len(sections) > 2 or _returned(request, found):
        return redirect("filing", found.organisation.number, found.campaign.code)
    return redirect(_address(found, sections[0]))


@login_required
def filing(request: SignedInRequest, number: str, campaign: str) -> HttpResponse:
    """The task list: the sections, how far each is, and why the filing was returned."""
    found = access.obligation_to_file(request.user, number, campaign)
    draft = _draft(request, found)
    if draft is None:
        return redirect("obligation", number, campaign)
    returned = _returned(request, found)
    tasks = tasklist.tasks_of(draft, returned)
    return _page(
        request,
        "filing",
        obligation=found,
        draft=draft,
        tasks=tasks,
        done=sum(task.is_complete for task in tasks),
        returned=returned,
        unplaced=tasklist.unplaced(tasks, returned),
        remarks=remarks.of_filing(draft),
        asks_papers=bool(attachments.asked(draft)),
        papers=attachments.missing(draft),
    )


@login_required
def section(request: SignedInRequest, number: str, campaign: str, code: str) -> HttpResponse:
    """One section. What reads well is saved at once; what does not is told at its field."""
    found = access.obligation_to_file(request.user, number, campaign)
    draft = _draft(request, found)
    if draft is None:
        return redirect("obligation", number, campaign)
    asked = next((one for one in sections_of(draft) if one.code == code), None)
    if asked is None:
        raise Http404(_("This filing has no such section."))
    if request.method == "POST":
        return _saved(request, draft, asked)
    sheet = Sheet(asked, draft)
    if "complete" in request.GET:
        sheet.tell_missing()
    return _sheet_page(request, sheet)


def _saved(request: SignedInRequest, draft: Filing, asked: Section) -> HttpResponse:
    # htmx sends the button that was pressed last with every later save: that is no press.
    rows = {
        name: "" if _is_autosave(request) else _text(request, f"{name}_row")
        for name in _ROW_BUTTONS
    }
    opened = "revision" if _is_autosave(request) or "keep" not in request.POST else "keep"
    sheet = Sheet(asked, draft, with_rows(request.POST, **rows))
    try:
        draft = drafts.save_section(
            draft,
            asked,
            sheet.entry,
            revision=_number(request.POST, opened) or 0,
            by=request.user,
            at=request.arrived_at,
            tab=_tab(request),
        )
    except SavedElsewhere as refusal:
        return _conflict(request, sheet, refusal)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("obligation", *_named(draft.obligation))
    sheet.filing = draft
    if any(rows.values()):
        return _sheet_page(request, sheet, saved=asked.code)
    if _is_autosave(request):
        answer = _sheet_page(request, sheet, template="_saved")
        answer["HX-Trigger"] = "filing-saved"
        return answer
    if sheet.faults():
        return _sheet_page(request, sheet)
    if "save" in request.POST:
        messages.success(request, _("Saved. You can go on now or later."))
        return redirect(f"{_address(draft.obligation, asked)}?saved={asked.code}")
    return redirect(f"{_after(draft, asked)}?saved={asked.code}")


def _conflict(request: SignedInRequest, sheet: Sheet, refusal: SavedElsewhere) -> HttpResponse:
    """Another page saved the section first: say who, show what differs, keep what was typed."""
    template = "_conflict" if _is_autosave(request) else "section"
    differing = words.differing(sheet, refusal.saved)
    return _sheet_page(
        request,
        sheet,
        template=template,
        refusal=refusal,
        differing=differing,
        # Saving again is told again, until the person has chosen between the two.
        revision=_number(request.POST, "revision") or 0,
    )


def _sheet_page(
    request: SignedInRequest, sheet: Sheet, *, template: str = "section", **context: Any
) -> HttpResponse:
    draft, asked = sheet.filing, sheet.section
    found = draft.obligation
    sections = sections_of(draft)
    returned = _returned(request, found)
    is_representative = access.represents(request.user, found.organisation)
    shown = {
        "obligation": found,
        "draft": draft,
        "sheet": sheet,
        "asked": asked,
        "place": sections.index(asked) + 1,
        "count": len(sections),
        "is_last": sections[-1] is asked,
        "revision": saves.last(draft, asked.code).revision,
        "saved": request.GET.get("saved", ""),
        "tab": _tab(request) or secrets.token_hex(8),
        "faults": sheet.faults(),
        "missing": asked.missing(draft) if "complete" in request.GET else [],
        "sums": words.sums(sheet),
        "remarks": remarks.of(asked, draft),
        "returned": returned,
        "reasons": returned.about(asked) if returned else [],
        "held": answers.held(found.organisation) if asked.shows_held and is_representative else [],
    }
    return _page(request, template, **shown | context)


@login_required
def submit(request: SignedInRequest, number: str, campaign: str) -> HttpResponse:
    """The answers once more, what is missing, the declaration, and the submission itself."""
    found = access.obligation_to_file(request.user, number, campaign)
    if request.method == "POST":
        return _submitted(request, found)
    draft = _draft(request, found)
    if draft is None:
        return redirect("obligation", number, campaign)
    return _check(request, draft, _declaration_form(request, draft))


def _submitted(request: SignedInRequest, found: Obligation) -> HttpResponse:
    form = DeclarationForm(request.POST)
    # A second click posts the version that the first one submitted, and gets its receipt.
    seen = claimants.seen_by(found, request.user).select_related(
        "obligation__campaign", "obligation__organisation"
    )
    read = get_object_or_404(seen, version=_number(request.POST, "version") or 0)
    if not form.is_valid():
        return _check(request, read, form)
    if read.state == FilingState.DRAFT and not _is_as_read(request, form, read):
        messages.warning(
            request, _("The draft was changed meanwhile. Read the answers again, then submit.")
        )
        return redirect("filing_submit", *_named(found))
    try:
        filed = filings.submit(
            read, by=request.user, at=request.arrived_at, as_it_is="as_it_is" in request.POST
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        is_draft = Filing.objects.filter(pk=read.pk, state=FilingState.DRAFT).exists()
        may_mend = is_draft and filings.missing(read)
        return redirect("filing_submit" if may_mend else "obligation", *_named(found))
    return redirect("receipt", filed.number)


def _is_as_read(request: SignedInRequest, form: DeclarationForm, draft: Filing) -> bool:
    """Whether the answers, and the wording of the declaration, are those that were read."""
    wording = filings.declaration_on(request.arrived_at)
    read = form.cleaned_data["declaration"]
    is_same_wording = read is None or wording is None or read == wording.version
    return is_same_wording and bool(form.cleaned_data["revision"] == draft.revision)


def _declaration_form(request: SignedInRequest, draft: Filing) -> DeclarationForm:
    wording = filings.declaration_on(request.arrived_at)
    read = {"version": draft.version, "revision": draft.revision}
    return DeclarationForm(initial={**read, "declaration": wording.version if wording else None})


def _check(request: SignedInRequest, draft: Filing, form: DeclarationForm) -> HttpResponse:
    return _page(
        request,
        "submit",
        obligation=draft.obligation,
        draft=draft,
        sections=answers.by_section(draft),
        missing=missing_parts(draft),
        papers=[AttachmentKind(kind) for kind in attachments.missing(draft)],
        remarks=remarks.of_filing(draft),
        wording=filings.declaration_on(request.arrived_at),
        form=form,
    )


def _draft(request: SignedInRequest, found: Obligation) -> Filing | None:
    draft = access.draft_of(request.user, found)
    if draft is not None:
        draft.obligation = found
    return draft


def _returned(request: SignedInRequest, found: Obligation) -> tasklist.Returned | None:
    return tasklist.last_return(access.filings_of(request.user, found).first())


def _after(draft: Filing, asked: Section) -> str:
    """The page after a section: the next section, or the check."""
    sections = sections_of(draft)
    place = sections.index(asked) + 1
    if place < len(sections):
        return _address(draft.obligation, sections[place])
    return reverse("filing_submit", args=_named(draft.obligation))


def _address(found: Obligation, asked: Section) -> str:
    return reverse("filing_section", args=[*_named(found), asked.code])


def _named(found: Obligation) -> tuple[str, str]:
    return found.organisation.number, found.campaign.code


def _tab(request: SignedInRequest) -> str:
    """The mark of the open page, which it got when it was first shown."""
    return _text(request, "tab")[:40]


def _text(request: SignedInRequest, name: str) -> str:
    return str(request.POST.get(name, ""))


def _is_autosave(request: SignedInRequest) -> bool:
    """Whether the page itself saves what is typed; a pressed button asks for a page."""
    return request.headers.get("HX-Trigger") == "section-form"


def _number(typed: QueryDict, name: str) -> int | None:
    text = str(typed.get(name, ""))
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _page(request: SignedInRequest, name: str, **context: Any) -> HttpResponse:
    return render(request, f"reregistration/{name}.html", {"section": "my", **context})
