"""The pages of a hearing: its day, chosen on a phone, and its minutes, read and remarked on."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import limits
from accounts.refusals import Refused
from registry import uploads
from registry.calendar import day_of
from reregistration import access, hearing_slots, hearings
from reregistration.access import SignedInRequest
from reregistration.case_forms import HearingDateForm, RemarkForm
from reregistration.models import Hearing, HearingSlot


@login_required
def day(request: SignedInRequest, number: str, campaign: str, wish: str) -> HttpResponse:
    """The free hours on GET; on POST one is chosen, or the hearing moved to it."""
    found = access.hearing_to_answer(request.user, number, campaign, wish)
    at = request.arrived_at
    slots = hearing_slots.offered(found.obligation, on=day_of(at))
    form = HearingDateForm(request.POST or None, slots=slots)
    if request.method == "POST":
        limits.refuse_beyond(request, "writing", "20/h")
        if form.is_valid() and _choose(request, found, form):
            return redirect("obligation", number, campaign)
    elif not (hearings.may_choose(found) or hearings.may_move_itself(found, at)):
        messages.warning(request, _("That is not possible now. This page says what is."))
        return redirect("obligation", number, campaign)
    return _page(
        request, "hearing_day", found, form=form, slots=slots, date=hearings.date_of(found)
    )


def _choose(request: SignedInRequest, found: Hearing, form: HearingDateForm) -> bool:
    """Set the hearing, or move it; a refusal goes back into the form."""
    slot = HearingSlot.objects.get(pk=form.cleaned_data["slot"])
    verb = hearings.move if hearings.date_of(found) else hearings.set_date
    try:
        made = verb(found, slot, by=request.user, at=request.arrived_at, is_own_choice=True)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    told = hearing_slots.told(made.slot)
    messages.success(request, _("Your hearing is set: %(told)s.") % {"told": told})
    return True


@login_required
def minutes(request: SignedInRequest, number: str, campaign: str, wish: str) -> HttpResponse:
    """The minutes on GET; on POST a remark is added to them."""
    found = access.hearing_of(request.user, number, campaign, wish)
    written = hearings.minutes_of(found)
    if written is None:
        raise Http404(_("There are no minutes of this hearing yet."))
    may_answer = access.may_answer_for(request.user, found.obligation.organisation)
    form = RemarkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        access.hearing_to_answer(request.user, number, campaign, wish)
        limits.refuse_beyond(request, "writing", "20/h")
        try:
            hearings.remark(
                found, text=form.cleaned_data["text"], by=request.user, at=request.arrived_at
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your remark stands beside the minutes."))
            return redirect("hearing_minutes", number, campaign, wish)
    is_in_time = day_of(request.arrived_at) <= written.remark_until_on
    return _page(
        request,
        "hearing_minutes",
        found,
        form=form if may_answer and is_in_time and found.decided_at is None else None,
        minutes=written,
        told=hearing_slots.told(written.date.slot),
        remarks=written.remarks.select_related("by"),
    )


@require_safe
@login_required
def document(request: SignedInRequest, number: str, campaign: str, wish: str) -> HttpResponseBase:
    """The file that came with the minutes."""
    written = hearings.minutes_of(access.hearing_of(request.user, number, campaign, wish))
    if written is None or written.document is None:
        raise Http404(_("There are no minutes of this hearing yet."))
    return uploads.download(written.document)


def _page(request: HttpRequest, name: str, found: Hearing, **context: object) -> HttpResponse:
    about = {"section": "my", "wish": found, "obligation": found.obligation}
    return render(request, f"reregistration/{name}.html", {**about, **context})
