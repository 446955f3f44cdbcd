"""What an organisation does with its filing: start a draft, save it, submit it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import dispatch, notice
from notices.models import IssuedDocument
from notices.states import POINTLESS_ONCE_FILED, DocumentKind, Kind
from registry.access import waiting_claim
from registry.calendar import ALMATY, day_of
from registry.sequences import next_numbers
from reregistration import (
    attachments,
    claimants,
    clean,
    closures,
    contact_changes,
    letters,
    obligations,
    prefill,
    review_term,
)
from reregistration.checks import known
from reregistration.models import Declaration, Filing, Obligation
from reregistration.obligations import Move
from reregistration.sections import saves
from reregistration.sections.columns import ANSWERS, answers_of
from reregistration.sections.plain import plain
from reregistration.sections.table import ALL, missing_parts, sections_of
from reregistration.states import MAY_FILE, FilingKind, FilingState, State

_WRITTEN_BY_SUBMIT = (
    "number",
    "state",
    "submitted_at",
    "submitted_by",
    "review_due_on",
    "was_clean",
    "incomplete",
    "details",
    "declaration",
    "sha256",
)


@transaction.atomic
def start(
    obligation: Obligation,
    *,
    by: User,
    at: datetime,
    kind: FilingKind | None = None,
    is_short: bool | None = None,
) -> Filing:
    """The draft of an obligation, made and prefilled if there is none.

    `kind` and `is_short` are what the person said of it; without them a draft goes on as the
    version before it, else it is the short form of the details. Prefilled from the last filing,
    else from the register; for a person whose claim to act still waits, from their own filings
    and public facts alone. Refuses where nothing can be filed, and “nothing has changed” where
    that cannot be said. Safe to repeat, in two tabs too: there is one draft at a time, and one
    more for each claim.
    """
    locked = obligations.lock(obligation.pk)
    claim = waiting_claim(by, locked.organisation)
    theirs = claimants.to_go_on_from(locked, claim)
    draft = theirs.filter(state=FilingState.DRAFT).order_by("-saved_at").first()
    if draft:
        return draft
    _refuse_unless_open(locked)
    last = theirs.order_by("-version").first()
    if last:
        beginning = prefill.from_version(last)
    elif claim:
        beginning = claimants.public_answers(locked.organisation)
    else:
        beginning = prefill.from_register(locked)
    chosen = {"kind": kind, "is_short": is_short}
    beginning |= {name: said for name, said in chosen.items() if said is not None}
    version = locked.filings.aggregate(last=Max("version"))["last"] or 0
    draft = Filing(
        obligation=locked,
        claim=claim,
        version=version + 1,
        started_at=at,
        saved_at=at,
        saved_by=by,
        **beginning,
    )
    if kind == FilingKind.UNCHANGED:
        prefill.refuse_unless_unchanged(draft)
    draft.save()
    if last:
        attachments.carry_over(last, draft)
    return draft


@transaction.atomic
def save(
    draft: Filing, answers: Mapping[str, Any], *, revision: int, by: User, at: datetime
) -> Filing:
    """Write columns of a draft at once. `revision` is the one that the draft was read with.

    Refuses if the draft was saved elsewhere since, or is submitted: nothing is overwritten
    unseen. Returns the draft fresh. A page saves a section alone: `drafts.save_section`.
    """
    unknown = set(answers) - set(ANSWERS)
    if unknown:
        raise ValueError(f"Not answers of the form: {sorted(unknown)}")
    fresh = Filing.objects.select_for_update(no_key=True).get(pk=draft.pk)
    if fresh.state != FilingState.DRAFT:
        raise Refused(_("This filing was submitted already. Open it to see its receipt."))
    if fresh.revision != revision:
        raise _saved_elsewhere(fresh)
    for name, value in answers.items():
        setattr(fresh, name, value)
    told = [section for section in ALL.values() if set(section.columns) & set(answers)]
    for section in told:
        saves.note(fresh, section.code, by=by, at=at)
    fresh.revision, fresh.saved_at, fresh.saved_by = revision + 1, at, by
    fresh.save(update_fields=[*answers, "section_revisions", "revision", "saved_at", "saved_by"])
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
    """The names of the parts that must still be there before it is complete."""
    parts = dict.fromkeys(part.name for _section, part in missing_parts(filing))
    # The short form asks for no papers: no look-up then.
    papers = attachments.missing(filing) if attachments.asked(filing) else []
    return [*parts, *papers]


@transaction.atomic
def submit(
    draft: Filing,
    *,
    by: User,
    at: datetime,
    as_it_is: bool = False,
    counts_at: datetime | None = None,
) -> Filing:
    """Submit a draft. `at` is the arrival of the request: it decides whether it is on time.
    `as_it_is` submits it though parts are missing: it protects, and names what is missing.
    `counts_at` is the earlier moment from which a paper filing counts (`paper.confirm`): what was
    submitted later than that stands, and this one is kept as a version before it.

    In one transaction the version before it is superseded, the obligation is filed (which takes
    the organisation out of any marking), and the receipt is queued. Safe to repeat: a second
    click gets the filing that the first one made. Refuses where nothing can be filed, a part is
    missing (unless `as_it_is`), or the draft was saved elsewhere since `draft` was read: what is
    submitted is what the person saw.
    """
    obligation = obligations.lock(draft.obligation_id)
    filing = Filing.objects.select_for_update(no_key=True).get(pk=draft.pk)
    if filing.state != FilingState.DRAFT:
        return filing
    _refuse_unless_open(obligation)
    if filing.revision != draft.revision:
        raise _saved_elsewhere(filing)
    filing.obligation = obligation
    filing.incomplete = missing(filing)
    if filing.incomplete and not as_it_is:
        raise Refused(_("Some answers are still missing. They are named on the form."))
    claimants.refuse_unless_it_may_stand(filing, obligation)
    # Online the last one to come stands; a paper may count from before another one.
    is_last = counts_at is None or not _has_later(obligation, counts_at)
    counts_at = counts_at or at
    if is_last:
        obligation.filings.filter(state=FilingState.SUBMITTED).update(state=FilingState.SUPERSEDED)
    _stamp(filing, is_last=is_last, counts_at=counts_at, by=by, at=at)
    dispatch.withdraw(
        obligation.source,
        at=at,
        reason=_("The organisation has filed: %s") % filing.number,
        kinds=POINTLESS_ONCE_FILED,
    )
    if is_last and obligation.state != State.FILED:
        obligations.move_locked(
            obligation,
            Move(State.FILED, by, at, f"filing {filing.number}", filed_at=counts_at),
        )
    obligations.count_from_locked(obligation, counts_at, at=at)
    _issue_receipt(filing, obligation, at)
    if not is_last:
        return filing
    contact_changes.announce(filing, obligation, at=at)
    closures.announce(filing, obligation, at=at)
    return filing


def _stamp(filing: Filing, *, is_last: bool, counts_at: datetime, by: User, at: datetime) -> None:
    """Give a filing what it is submitted with: number, moment, declaration, fingerprint."""
    filing.number = f"F-{next_numbers('filing_number')[0]:07d}"
    filing.state = FilingState.SUBMITTED if is_last else FilingState.SUPERSEDED
    filing.submitted_at, filing.submitted_by = counts_at, by
    # The ministry's own term runs from the day on which it has the filing.
    filing.review_due_on = review_term.due_on(filing, filing.obligation, at)
    # On paper they signed what stands there, not the words of the portal.
    filing.declaration = None if filing.paper_id else declaration_on(at)
    # Sections that the chosen form does not have were not shown: they are not declared.
    shown = {section.code for section in sections_of(filing)}
    filing.details = {code: told for code, told in filing.details.items() if code in shown}
    filing.sha256 = fingerprint(filing)
    filing.was_clean = not clean.obstacles(known.of(filing, on=day_of(at)), seen=filing.sha256)
    filing.save(update_fields=_WRITTEN_BY_SUBMIT)


def _has_later(obligation: Obligation, counts_at: datetime) -> bool:
    """Whether the organisation submitted something that counts from a later moment.

    What somebody filed whose claim is not accepted never stands above its own paper.
    """
    own = obligation.filings.filter(claimants.OF_THE_ORGANISATION)
    return own.filter(submitted_at__gt=counts_at).exists()


def declaration_on(at: datetime) -> Declaration | None:
    """The wording of the declaration in force at that moment."""
    in_force = Declaration.objects.filter(effective_from_at__lte=at)
    return in_force.order_by("-effective_from_at", "-version").first()


def fingerprint(filing: Filing) -> str:
    """SHA-256, hexadecimal, over the frozen filing."""
    return hashlib.sha256(frozen(filing)).hexdigest()


def frozen(filing: Filing) -> bytes:
    """The number, the moment (UTC), all answers, the papers' fingerprints and what was declared, as
    canonical JSON in UTF-8: keys sorted, no spaces, money with two decimals. What is hashed, and
    what a signature signs."""
    moment, declared = filing.submitted_at, filing.declaration
    content = {
        "number": filing.number,
        "submitted_at": moment.astimezone(UTC).isoformat() if moment else None,
        "kind": filing.kind,
        "is_short": filing.is_short,
        "answers": {name: plain(value) for name, value in answers_of(filing).items()},
        "details": filing.details,
        "incomplete": filing.incomplete,
        "declaration": {"version": declared.version, "sha256": declared.sha256}
        if declared
        else None,
    }
    papers = attachments.frozen(filing)
    if papers:
        content["attachments"] = papers
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def _refuse_unless_open(obligation: Obligation) -> None:
    if obligation.state not in MAY_FILE:
        raise Refused(
            _("Nothing can be filed now: the obligation is “%(state)s”. Write to the ministry.")
            % {"state": obligation.get_state_display()}
        )


def _issue_receipt(filing: Filing, obligation: Obligation, at: datetime) -> None:
    number = filing.number or ""
    IssuedDocument.objects.create(
        number=number,
        kind=DocumentKind.RECEIPT,
        organisation=obligation.organisation,
        # As the receipt itself says; of a paper filing it is the day from which it counts.
        issued_on=day_of(filing.submitted_at or at),
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
                    "filed_at": (filing.submitted_at or at).isoformat(),
                    "fingerprint": filing.sha256,
                },
            )
        ],
        at=at,
    )
