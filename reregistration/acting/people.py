"""The people of an organisation: who acts, who is invited, who asks; and an invitation's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import limits
from accounts.refusals import Refused
from notices import claims, membership
from registry.access import acting_for, managing
from registry.models import Claim, Organisation, Representative
from reregistration.access import SignedInRequest
from reregistration.acting.forms import InvitationForm, ObjectionForm, RoleForm

INVITATIONS_A_PERSON = "30/d"


@require_safe
@login_required
def people(request: SignedInRequest, number: str) -> HttpResponse:
    return _people(request, acting_for(request.user, number), InvitationForm())


@require_POST
@login_required
def invite(request: SignedInRequest, number: str) -> HttpResponse:
    found = managing(request.user, number)
    limits.refuse_beyond(request, "invitation", INVITATIONS_A_PERSON)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _people(request, found, form)
    try:
        made = membership.invite(
            found,
            form.cleaned_data["email"],
            role=Representative.Role(form.cleaned_data["role"]),
            by=request.user,
            at=request.arrived_at,
        )
    except Refused as refusal:
        form.add_error("email", str(refusal))
        return _people(request, found, form)
    messages.success(
        request, _("An invitation is on its way to %(email)s.") % {"email": made.email}
    )
    return redirect("people", number)


@require_POST
@login_required
def change_role(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    one = _acting(managing(request.user, number), pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Http404
    role = Representative.Role(form.cleaned_data["role"])
    return _done(
        request,
        number,
        lambda: membership.change_role(one, role, by=request.user, at=request.arrived_at),
        _("The role is changed."),
    )


@require_POST
@login_required
def remove(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    """A manager removes a person, or anybody steps down; then the page is theirs no longer."""
    one = _acting(acting_for(request.user, number), pk)
    answer = _done(
        request,
        number,
        lambda: membership.remove(one, by=request.user, at=request.arrived_at),
        _("%(person)s acts for this NGO no longer.") % {"person": one.user},
    )
    one.refresh_from_db(fields=["until_at"])
    is_gone = one.until_at is not None and one.user_id == request.user.pk
    return redirect("my") if is_gone else answer


@require_POST
@login_required
def hand_over(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    one = _acting(managing(request.user, number), pk)
    try:
        membership.hand_over(one, by=request.user, at=request.arrived_at)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("people", number)
    messages.success(request, _("Handed over to %(person)s.") % {"person": one.user})
    return redirect("my")


@require_POST
@login_required
def cancel(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    found = managing(request.user, number)
    one = get_object_or_404(found.invitations, pk=pk)
    return _done(
        request,
        number,
        lambda: membership.cancel(one, by=request.user, at=request.arrived_at),
        _("The invitation is cancelled."),
    )


@login_required
def claim(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    """Somebody asks to act for the organisation: let them in, or object."""
    found = acting_for(request.user, number)
    asked = _waiting(found, pk)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            claims.object_to(
                asked, form.cleaned_data["text"], by=request.user, at=request.arrived_at
            )
        except Refused as refusal:
            form.add_error("text", str(refusal))
        else:
            messages.success(
                request, _("You objected. The ministry decides, and the person must wait.")
            )
            return redirect("people", number)
    return _page(
        request,
        "answer",
        organisation=found,
        claim=asked,
        form=form,
        objection=asked.objections.filter(by=request.user).first(),
        is_manager=_is_manager(request, found),
    )


@require_POST
@login_required
def let_in(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    asked = _waiting(managing(request.user, number), pk)
    return _done(
        request,
        number,
        lambda: claims.let_in(asked, by=request.user, at=request.arrived_at),
        _("%(person)s acts for this NGO now.") % {"person": asked.user},
    )


@never_cache
@login_required
def invitation(request: SignedInRequest, token: str) -> HttpResponse:
    """The page that an invitation's link opens, for whoever is signed in."""
    limits.refuse_beyond(request, "invitation-link", "30/h")
    found = membership.invitation_of(token)
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            membership.accept(found, by=request.user, at=request.arrived_at)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(
                request, _("You act for %(name)s now.") % {"name": found.organisation.name}
            )
            return redirect("my")
    return _page(request, "invitation", invitation=found)


def _people(
    request: SignedInRequest, organisation: Organisation, form: InvitationForm
) -> HttpResponse:
    is_manager = _is_manager(request, organisation)
    open_ones = organisation.invitations.filter(
        accepted_at__isnull=True, cancelled_at__isnull=True, expires_at__gt=request.arrived_at
    )
    return _page(
        request,
        "people",
        organisation=organisation,
        people=organisation.representatives.filter(until_at__isnull=True)
        .select_related("user")
        .order_by("from_at", "pk"),
        waiting=organisation.claims.waiting().select_related("user").order_by("opened_at"),
        invitations=open_ones.order_by("pk") if is_manager else [],
        is_manager=is_manager,
        roles=Representative.Role.choices,
        form=form,
    )


def _is_manager(request: SignedInRequest, organisation: Organisation) -> bool:
    return organisation.representatives.filter(
        user=request.user, until_at__isnull=True, role=Representative.Role.MANAGER
    ).exists()


def _acting(organisation: Organisation, pk: int) -> Representative:
    found: Representative = get_object_or_404(
        organisation.representatives.select_related("user", "organisation"), pk=pk
    )
    return found


def _waiting(organisation: Organisation, pk: int) -> Claim:
    found: Claim = get_object_or_404(organisation.claims.select_related("user"), pk=pk)
    return found


def _done(
    request: SignedInRequest, number: str, verb: Callable[[], object], sentence: str
) -> HttpResponse:
    try:
        verb()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, sentence)
    return redirect("people", number)


def _page(request: SignedInRequest, name: str, **context: Any) -> HttpResponse:
    return render(request, f"claims/{name}.html", {"section": "my", **context})
