"""Handing in an application, taking it back, and the one door of its state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from grants import drafts, eligibility
from grants.models import (
    Application,
    ApplicationEvent,
    ApplicationPaper,
    Call,
    ExclusionDeclaration,
)
from grants.states import APPLICATION_ALLOWED, MAY_BE_CHANGED, ApplicationState, Exclusion
from notices.models import IssuedDocument
from notices.states import DocumentKind
from registry.calendar import day_of
from registry.models import Organisation
from registry.money import tenge
from registry.sequences import next_numbers

_ASKED = ("title", "summary", "problem", "goal", "activities", "results")


@transaction.atomic
def submit(draft: Application, *, clear_of: Collection[str], by: User, at: datetime) -> Application:
    """Hand in an application. `at` is the arrival of the request: it decides whether it is in
    time, however long we take.

    Safe to repeat: a second click gets what the first one handed in. Refuses who does not act for
    the organisation (a claim that waits is not enough), what was saved elsewhere since `draft`
    was read, a reason against the organisation, an answer that is missing or outside the call,
    and an exclusion that is not declared anew.
    """
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=draft.organisation_id)
    drafts.refuse_unless_acting(organisation, by)
    fresh = _lock(draft, organisation)
    if fresh.state not in MAY_BE_CHANGED:
        return fresh
    _refuse_unless_in_time(fresh, at)
    if fresh.revision != draft.revision:
        raise drafts.saved_elsewhere(fresh)
    on, call = day_of(at), fresh.lot.call
    reasons = eligibility.reasons_against(organisation, call, on)
    if reasons:
        raise Refused(" ".join(f"{reason.words} {reason.cure}" for reason in reasons))
    wrong = faults(fresh)
    if wrong:
        raise Refused(" ".join(wrong))
    if set(clear_of) != set(Exclusion.values):
        raise Refused(_("Declare each of the eight points before you hand in the application."))
    before = fresh.state
    fresh.participant = eligibility.taking_part(organisation, on)
    assert fresh.participant is not None  # noqa: S101 - else a reason stood against it
    fresh.number = fresh.number or f"G-{next_numbers('application_number')[0]:07d}"
    fresh.state = ApplicationState.SUBMITTED
    fresh.submitted_at, fresh.submitted_by = at, by
    fresh.sha256 = hashlib.sha256(frozen(fresh)).hexdigest()
    fresh.save(
        update_fields=["participant", "number", "state", "submitted_at", "submitted_by", "sha256"]
    )
    _record(fresh, before, "", by=by, at=at)
    ExclusionDeclaration.objects.create(
        participant=fresh.participant,
        clear_of=sorted(clear_of),
        occasion=fresh.number,
        by=by,
        at=at,
    )
    IssuedDocument.objects.create(
        number=receipt_number(fresh),
        kind=DocumentKind.RECEIPT,
        organisation=organisation,
        issued_on=on,
        sha256=fresh.sha256,
        # One document of a kind a source: each submission is one.
        source=f"{fresh.source}/{receipt_number(fresh)}",
    )
    return fresh


@transaction.atomic
def withdraw(application: Application, *, reason: str, by: User, at: datetime) -> Application:
    """The organisation takes its application back. Refuses what is decided; safe to repeat."""
    organisation = Organisation.objects.select_for_update(no_key=True).get(
        pk=application.organisation_id
    )
    drafts.refuse_unless_acting(organisation, by)
    fresh = _lock(application, organisation)
    if fresh.state == ApplicationState.WITHDRAWN:
        return fresh
    return move_locked(fresh, ApplicationState.WITHDRAWN, reason=reason.strip(), by=by, at=at)


def move_locked(
    application: Application,
    to: ApplicationState,
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
) -> Application:
    """The one door of a state after the submission: asks `ALLOWED`, saves, appends the event.

    The caller holds the row's lock, taken after its organisation's (and its lot's, for an award).
    """
    if to not in APPLICATION_ALLOWED[application.state]:
        raise Refused(
            _("The application %(number)s is “%(state)s”. It cannot become “%(to)s” now.")
            % {
                "number": application.number or "",
                "state": application.get_state_display(),
                "to": to.label,
            }
        )
    before = application.state
    application.state = to
    application.save(update_fields=["state"])
    _record(application, before, reason, by=by, at=at)
    return application


def faults(application: Application) -> list[str]:
    """What is missing or outside the call, each as a sentence; none: it may be handed in."""
    return [*_missing(application), *_outside(application), *_of_the_budget(application)]


def receipt_number(application: Application) -> str:
    """The application's number; corrected and handed in again, with which time it is in two more
    digits, as `/verify/` can read it."""
    times = application.events.filter(to_state=ApplicationState.SUBMITTED).count()
    return f"{application.number}" if times < 2 else f"{application.number}{times:02d}"


def frozen(application: Application) -> bytes:
    """The number, the moment (UTC), answers, budget and the papers' fingerprints, as canonical
    JSON in UTF-8: keys sorted, no spaces, money with two decimals. What is hashed."""
    moment = application.submitted_at
    content: dict[str, Any] = {
        "number": application.number,
        "submitted_at": moment.astimezone(UTC).isoformat() if moment else None,
        "call": application.lot.call.number,
        "lot": application.lot.position,
        "organisation": application.organisation.number,
        "language": application.language,
        **{name: getattr(application, name) for name in _ASKED},
        "area": application.area_id,
        "regions": sorted(application.regions.values_list("pk", flat=True)),
        "starts_on": _day(application.starts_on),
        "ends_on": _day(application.ends_on),
        "amount": f"{application.amount:.2f}",
        "budget": [
            [line.category, line.name, f"{line.quantity:.2f}", f"{line.unit_price:.2f}"]
            for line in application.lines.order_by("position")
        ],
        "papers": [
            [paper.kind, paper.file.name, paper.file.sha256] for paper in _papers(application)
        ],
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def institutional_share(application: Application) -> tuple[Decimal, Decimal]:
    """What equipment and own development come to, and what they may at most (article 6-1)."""
    percent = application.lot.call.rule.institutional_percent
    spent = sum(
        (line.amount for line in application.lines.all() if line.is_institutional), Decimal(0)
    )
    return spent, application.amount * percent / 100


def _missing(application: Application) -> list[str]:
    faults = [
        _("Not filled in: %(field)s.") % {"field": Application._meta.get_field(name).verbose_name}  # type: ignore[union-attr]
        for name in (*_ASKED, "area", "starts_on", "ends_on")
        if not getattr(application, name)
    ]
    if not application.regions.exists():
        faults.append(_("Say in which regions the project takes place."))
    return faults


def _outside(application: Application) -> list[str]:
    call, faults = application.lot.call, []
    areas = set(call.areas.values_list("pk", flat=True))
    if application.area_id and areas and application.area_id not in areas:
        faults.append(_("The call is for other areas of activity. Choose one of them."))
    regions = set(call.regions.values_list("pk", flat=True))
    if regions and not set(application.regions.values_list("pk", flat=True)) <= regions:
        faults.append(_("The call is for other regions. Choose among those that it names."))
    opens_on = day_of(call.opens_at)
    if application.starts_on and application.starts_on < opens_on:
        faults.append(
            _("The project begins before the call, %(on)s. A grant pays for what is to come.")
            % {"on": date_format(opens_on)}
        )
    if application.starts_on and application.ends_on:
        months = _months(application.starts_on, application.ends_on)
        if not call.rule.least_months <= months <= call.rule.most_months:
            faults.append(
                _(
                    "A grant of this type runs %(least)s to %(most)s months. The project runs "
                    "%(months)s."
                )
                % {
                    "least": call.rule.least_months,
                    "most": call.rule.most_months,
                    "months": months,
                }
            )
    return faults


def _of_the_budget(application: Application) -> list[str]:
    call, amount = application.lot.call, application.amount
    if not amount:
        return [_("The budget has no line yet.")]
    faults = []
    most = min(call.most_amount or application.lot.budget, application.lot.budget)
    if not call.least_amount <= amount <= most:
        faults.append(
            _("The budget comes to %(amount)s. This call gives from %(least)s to %(most)s.")
            % {"amount": tenge(amount), "least": tenge(call.least_amount), "most": tenge(most)}
        )
    spent, may = institutional_share(application)
    if spent > may:
        faults.append(
            _(
                "Equipment and own development come to %(spent)s; %(percent)s %% of the budget at "
                "most may go there, that is %(may)s."
            )
            % {
                "spent": tenge(spent),
                "percent": call.rule.institutional_percent,
                "may": tenge(may),
            }
        )
    return faults


def _months(starts_on: date, ends_on: date) -> int:
    """Whole months, a begun one counted."""
    months = (ends_on.year - starts_on.year) * 12 + ends_on.month - starts_on.month
    return months + (ends_on.day >= starts_on.day)


def _refuse_unless_in_time(application: Application, at: datetime) -> None:
    """A returned one has days of its own; every other the term of its call."""
    call: Call = application.lot.call
    if application.state == ApplicationState.RETURNED:
        if application.correct_by_on and day_of(at) > application.correct_by_on:
            raise Refused(_("The term to correct this application has ended."))
        return
    if not call.takes_at(at):
        raise Refused(_("This call takes no applications now. What you wrote stays as a draft."))


def _lock(application: Application, organisation: Organisation) -> Application:
    fresh = (
        Application.objects.select_related("lot__call__rule", "lot__call__mci")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=application.pk)
    )
    fresh.organisation = organisation
    return fresh


def _record(
    application: Application, before: str, reason: str, *, by: User | None, at: datetime
) -> None:
    ApplicationEvent.objects.create(
        application=application,
        from_state=before,
        to_state=application.state,
        reason=reason,
        by=by,
        at=at,
    )


def _papers(application: Application) -> list[ApplicationPaper]:
    return list(application.papers.select_related("file").order_by("pk"))


def _day(on: date | None) -> str | None:
    return on.isoformat() if on else None
