"""What an organisation does with its filing: start a draft, save it, submit it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import dispatch, notice
from notices.models import IssuedDocument
from notices.states import DocumentKind, Kind
from registry import contacts
from registry.access import waiting_claim
from registry.calendar import ALMATY, day_of
from registry.models import Organisation
from registry.sequences import next_numbers
from reregistration import claimants, letters, obligations
from reregistration.models import Filing, Obligation
from reregistration.obligations import Move
from reregistration.states import MAY_FILE, FilingState, State

# The answers of the form, in its order; the fingerprint covers exactly these.
ANSWERS = (
    "name_kk",
    "name_ru",
    "name_en",
    "address",
    "head_name",
    "email",
    "phone",
    "employees",
    "volunteers",
    "activity_areas",
    "income",
    "spending",
)
# An e-mail or a phone: one of the two is enough. The English name is nobody's duty.
REQUIRED = tuple(name for name in ANSWERS if name not in {"name_en", "email", "phone"})


@transaction.atomic
def start(obligation: Obligation, *, by: User, at: datetime) -> Filing:
    """The draft of an obligation, made and prefilled if there is none.

    Prefilled from the last filing, else from the register; for a person whose claim to act still
    waits, from their own filings and public facts alone. Refuses where nothing can be filed. Safe
    to repeat, in two tabs too: there is one draft at a time, and one more for each claim.
    """
    locked = _lock(obligation.pk)
    claim = waiting_claim(by, locked.organisation)
    theirs = claimants.to_go_on_from(locked, claim)
    draft = theirs.filter(state=FilingState.DRAFT).order_by("-saved_at").first()
    if draft:
        return draft
    _refuse_unless_open(locked)
    last = theirs.order_by("-version").first()
    if last:
        answers = answers_of(last)
    elif claim:
        answers = claimants.public_answers(locked.organisation)
    else:
        answers = _from_register(locked.organisation)
    version = locked.filings.aggregate(last=Max("version"))["last"] or 0
    return Filing.objects.create(
        obligation=locked,
        claim=claim,
        version=version + 1,
        started_at=at,
        saved_at=at,
        saved_by=by,
        **answers,
    )


def save(
    draft: Filing, answers: Mapping[str, Any], *, revision: int, by: User, at: datetime
) -> Filing:
    """Write answers into a draft. `revision` is the one that the form was opened with.

    Refuses if the draft was saved elsewhere since, or is submitted: nothing is overwritten
    unseen. Returns the draft fresh.
    """
    unknown = set(answers) - set(ANSWERS)
    if unknown:
        raise ValueError(f"Not answers of the form: {sorted(unknown)}")
    saved = Filing.objects.filter(pk=draft.pk, state=FilingState.DRAFT, revision=revision).update(
        **answers, revision=revision + 1, saved_at=at, saved_by=by
    )
    fresh = Filing.objects.get(pk=draft.pk)
    if not saved:
        if fresh.state != FilingState.DRAFT:
            raise Refused(_("This filing was submitted already. Open it to see its receipt."))
        raise _saved_elsewhere(fresh)
    return fresh


def _saved_elsewhere(fresh: Filing) -> Refused:
    return Refused(
        _(
            "This draft was saved in another window at %(time)s. Compare what you typed with "
            "the saved answers, then save again."
        )
        % {"time": date_format(fresh.saved_at.astimezone(ALMATY), "H:i")}
    )


def missing(filing: Filing) -> list[str]:
    """The names of the answers that still have to be given before it can be submitted."""
    absent = [name for name in REQUIRED if getattr(filing, name) in (None, "", [])]
    if not filing.email and not filing.phone:
        absent.append("email")
    return absent


@transaction.atomic
def submit(draft: Filing, *, by: User, at: datetime) -> Filing:
    """Submit a draft. `at` is the arrival of the request: it decides whether it is on time.

    In one transaction the version before it is superseded, the obligation is filed (which takes
    the organisation out of any marking), and the receipt is queued. Safe to repeat: a second
    click gets the filing that the first one made. Refuses where nothing can be filed, an answer
    is missing, or the draft was saved elsewhere since `draft` was read: what is submitted is what
    the person saw.
    """
    obligation = _lock(draft.obligation_id)
    filing = Filing.objects.select_for_update(no_key=True).get(pk=draft.pk)
    if filing.state != FilingState.DRAFT:
        return filing
    _refuse_unless_open(obligation)
    if filing.revision != draft.revision:
        raise _saved_elsewhere(filing)
    if missing(filing):
        raise Refused(_("Some answers are still missing. They are named on the form."))
    claimants.refuse_unless_it_may_stand(filing, obligation)
    obligation.filings.filter(state=FilingState.SUBMITTED).update(state=FilingState.SUPERSEDED)
    filing.number = f"F-{next_numbers('filing_number')[0]:07d}"
    filing.state = FilingState.SUBMITTED
    filing.submitted_at, filing.submitted_by = at, by
    filing.sha256 = fingerprint(filing)
    filing.save(update_fields=["number", "state", "submitted_at", "submitted_by", "sha256"])
    if obligation.state in (State.OVERDUE, State.MARKED, State.REFERRED):
        dispatch.withdraw(
            obligation.source, at=at, reason=_("The organisation has filed: %s") % filing.number
        )
    if obligation.state != State.FILED:
        obligations.move_locked(obligation, Move(State.FILED, by, at, f"filing {filing.number}"))
    _issue_receipt(filing, obligation, at)
    return filing


def fingerprint(filing: Filing) -> str:
    """SHA-256, hexadecimal, over the frozen filing."""
    return hashlib.sha256(frozen(filing)).hexdigest()


def frozen(filing: Filing) -> bytes:
    """The number, the moment (UTC) and the answers as canonical JSON in UTF-8: keys sorted, no
    spaces, money with two decimals. What is hashed, and what a signature signs."""
    moment = filing.submitted_at
    content = {
        "number": filing.number,
        "submitted_at": moment.astimezone(UTC).isoformat() if moment else None,
        "answers": {name: _plain(value) for name, value in answers_of(filing).items()},
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def answers_of(filing: Filing) -> dict[str, Any]:
    return {name: getattr(filing, name) for name in ANSWERS}


def _plain(value: Any) -> Any:
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _lock(obligation_id: int) -> Obligation:
    locked: Obligation = (
        Obligation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign", "organisation")
        .get(pk=obligation_id)
    )
    return locked


def _refuse_unless_open(obligation: Obligation) -> None:
    if obligation.state not in MAY_FILE:
        raise Refused(
            _("Nothing can be filed now: the obligation is “%(state)s”. Write to the ministry.")
            % {"state": obligation.get_state_display()}
        )


def _from_register(organisation: Organisation) -> dict[str, Any]:
    """What the register knows, as a first draft; money is never guessed."""
    known = contacts.current(organisation)
    longest_head_name = Filing._meta.get_field("head_name").max_length
    return {
        "name_kk": organisation.name_kk,
        "name_ru": organisation.name_ru,
        "name_en": organisation.name_en,
        "address": organisation.address,
        # The register takes an extract's text as it is; the person who files shortens it.
        "head_name": organisation.head_name[:longest_head_name],
        "email": known.get("email", ""),
        "phone": known.get("phone", ""),
        "employees": organisation.employees,
        "volunteers": organisation.volunteers,
        "activity_areas": list(organisation.activity_areas.values_list("code", flat=True)),
    }


def _issue_receipt(filing: Filing, obligation: Obligation, at: datetime) -> None:
    number = filing.number or ""
    IssuedDocument.objects.create(
        number=number,
        kind=DocumentKind.RECEIPT,
        organisation=obligation.organisation,
        issued_on=day_of(at),
        sha256=filing.sha256,
    )
    notice.register(
        [
            letters.draft(
                obligation,
                Kind.RECEIPT,
                number,
                {
                    "filing_number": number,
                    "filed_at": at.isoformat(),
                    "fingerprint": filing.sha256,
                },
            )
        ],
        at=at,
    )
