"""The front desk and a filing on paper: log it, type it in, confirm it, decide a contest.

From the moment it is logged nothing more is done against the organisation (`standstill`); what is
typed in becomes a filing when a second person has compared it with the scan, and counts from the
day of the postmark.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import one_person, signatories
from accounts.models import User
from accounts.refusals import Refused
from notices import addresses, notice
from notices.states import Kind
from registry.calendar import day_of, end_of
from registry.models import Organisation, StoredFile
from reregistration import attachments, decisions, drafts, letters, obligations, paper_terms
from reregistration import filing as filings
from reregistration.models import Filing, Obligation, PaperFiling, PaperStep
from reregistration.obligations import Move
from reregistration.sections.section import Section
from reregistration.sections.sheet import Entry
from reregistration.states import (
    MAY_FILE,
    PAPER_WAITS,
    AnswerOutcome,
    AttachmentKind,
    FilingKind,
    FilingState,
    PaperState,
    PaperStepKind,
    State,
)

ANSWER = gettext_lazy("statement that a paper filing is not the organisation's")


@transaction.atomic
def receive(
    obligation: Obligation,
    *,
    scan: StoredFile,
    received_on: date,
    by: User,
    at: datetime,
    posted_on: date | None = None,
    incoming: str = "",
    kind: FilingKind = FilingKind.DETAILS,
    is_short: bool = True,
) -> PaperFiling:
    """Log a filing that came on paper, with its scan; `posted_on` is empty where it was handed in.

    From now until it is confirmed or dropped no step is taken against the organisation. Its draft
    begins empty: what stands on the paper is typed in, and nothing else. Refuses where nothing can
    be filed, dates that cannot be, and a clerk who acts for the organisation. Safe to repeat: the
    same scan for the same obligation is one paper filing.
    """
    row = _lock_obligation(obligation.pk)
    known = row.papers.exclude(state=PaperState.DROPPED).filter(scan__sha256=scan.sha256).first()
    if known:
        return known
    _refuse_unless_open(row)
    _refuse_who_acts(row, by, at)
    if received_on > day_of(at):
        raise Refused(_("The day of receipt lies ahead. Look at the stamp on the paper."))
    if posted_on and posted_on > received_on:
        raise Refused(_("The postmark cannot be later than the day of receipt. Look again."))
    paper = PaperFiling.objects.create(
        obligation=row,
        incoming=incoming.strip(),
        received_on=received_on,
        posted_on=posted_on,
        counts_at=_counts_at(posted_on or received_on, at),
        scan=scan,
        received_by=by,
        received_at=at,
    )
    version = row.filings.aggregate(last=Max("version"))["last"] or 0
    draft = Filing.objects.create(
        obligation=row,
        paper=paper,
        version=version + 1,
        kind=kind,
        is_short=is_short,
        started_at=at,
        saved_at=at,
        saved_by=by,
    )
    attachments.attach(draft, AttachmentKind.SIGNED_DECLARATION, scan, by=by, at=at)
    _step(paper, PaperStepKind.RECEIVED, by, at)
    return paper


@transaction.atomic
def save_section(
    paper: PaperFiling,
    section: Section,
    entry: Entry,
    *,
    revision: int,
    by: User,
    at: datetime,
    tab: str = "",
) -> Filing:
    """Write a section as it stands on the paper: `drafts.save_section`, while it is to type in."""
    row, fresh = _lock(paper)
    _refuse_unless(fresh, PaperState.TO_TYPE)
    _refuse_who_acts(row, by, at)
    return drafts.save_section(
        fresh.filing, section, entry, revision=revision, by=by, at=at, tab=tab
    )


@transaction.atomic
def choose(
    paper: PaperFiling, *, kind: FilingKind, is_short: bool, by: User, at: datetime
) -> Filing:
    """Say what the paper answers, and whether it is the short form. Refuses once it is typed in."""
    row, fresh = _lock(paper)
    _refuse_unless(fresh, PaperState.TO_TYPE)
    _refuse_who_acts(row, by, at)
    return drafts.choose(fresh.filing, kind=kind, is_short=is_short, by=by, at=at)


@transaction.atomic
def finish(paper: PaperFiling, *, by: User, at: datetime) -> PaperFiling:
    """Say that all of the paper is typed in: another person confirms it.

    Parts may be missing, as they are on the paper. Refuses where nothing was typed. Safe to
    repeat: a second click of the same person changes nothing.
    """
    row, fresh = _lock(paper)
    if fresh.state == PaperState.TO_CONFIRM and fresh.typed_by_id == by.pk:
        return fresh
    _refuse_unless(fresh, PaperState.TO_TYPE)
    _refuse_who_acts(row, by, at)
    if not fresh.filing.section_revisions and fresh.filing.kind != FilingKind.UNCHANGED:
        raise Refused(_("Nothing is typed in yet. Type in at least one section of the paper."))
    fresh.state, fresh.typed_by, fresh.typed_at = PaperState.TO_CONFIRM, by, at
    fresh.save(update_fields=["state", "typed_by", "typed_at"])
    _step(fresh, PaperStepKind.TYPED, by, at)
    return fresh


@transaction.atomic
def send_back(paper: PaperFiling, *, reason: str, by: User, at: datetime) -> PaperFiling:
    """Send what was typed in back to be typed anew, with what is wrong in it.

    Refuses without words, and what is not to confirm: so a second click changes nothing.
    """
    _row, fresh = _lock(paper)
    _refuse_unless(fresh, PaperState.TO_CONFIRM)
    if not reason.strip():
        raise Refused(_("Write what differs from the scan, and in which section."))
    fresh.state, fresh.typed_by, fresh.typed_at = PaperState.TO_TYPE, None, None
    fresh.save(update_fields=["state", "typed_by", "typed_at"])
    _step(fresh, PaperStepKind.SENT_BACK, by, at, reason)
    return fresh


@transaction.atomic
def confirm(paper: PaperFiling, *, revision: int, by: User, at: datetime) -> Filing:
    """File what was typed in, after a second person has compared it with the scan.

    `revision` is the one that the person compared. It counts from the postmark: an obligation is
    filed as of then, and what the organisation submitted after it stands above it. Every address
    is told, and may contest it. Refuses whoever logged it, typed in any of it or acts for the
    organisation, and where nothing can be filed any more. Safe to repeat: a second click gets the
    filing that the first one made.
    """
    row, fresh = _lock(paper)
    draft = fresh.filing
    if fresh.state == PaperState.CONFIRMED:
        return draft
    _refuse_unless(fresh, PaperState.TO_CONFIRM)
    _refuse_who_acts(row, by, at)
    if paper_terms.had_a_hand(one_person.of(by, at), fresh):
        raise Refused(_("You logged it or typed in a part of it. Another person confirms it."))
    _refuse_unless_open(row)
    if draft.revision != revision:
        raise Refused(_("It was typed in anew meanwhile. Compare it with the scan again."))
    filed = filings.submit(draft, by=by, at=at, as_it_is=True, counts_at=fresh.counts_at)
    fresh.state, fresh.confirmed_by, fresh.confirmed_at = PaperState.CONFIRMED, by, at
    fresh.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    _step(fresh, PaperStepKind.CONFIRMED, by, at)
    _announce(fresh, filed, at)
    return filed


@transaction.atomic
def drop(paper: PaperFiling, *, reason: str, by: User, at: datetime) -> PaperFiling:
    """Say that a paper was logged in error: of another organisation, twice, or no filing at all.

    It protects no more, so a second person says it. Refuses without words, whoever logged it, and
    what was confirmed or dropped: so a second click changes nothing.
    """
    _row, fresh = _lock(paper)
    _refuse_unless(fresh, *PAPER_WAITS)
    if not reason.strip():
        raise Refused(_("Write why it is no filing of this organisation."))
    if one_person.of(by, at).did(fresh.received_by_id, fresh.received_at):
        raise Refused(_("You logged it. Another person says that it was an error."))
    fresh.state = PaperState.DROPPED
    fresh.save(update_fields=["state"])
    _step(fresh, PaperStepKind.DROPPED, by, at, reason)
    return fresh


@transaction.atomic
def contest(paper: PaperFiling, *, text: str, by: User, at: datetime) -> PaperFiling:
    """Say for the organisation that it did not file this paper. Nothing of it is accepted before a
    person who had no hand in it has decided.

    Refuses without words, and what is not under review. Safe to repeat: it is contested once.
    """
    row, fresh = _lock(paper)
    if fresh.contested_at:
        return fresh
    if not may_be_contested(fresh, row):
        raise Refused(
            _("This paper filing is not under review any more. Ask a question and name it.")
        )
    if not text.strip():
        raise Refused(_("Write in a few words what is not so."))
    fresh.contested_by, fresh.contested_at, fresh.contest_text = by, at, text.strip()
    fresh.save(update_fields=["contested_by", "contested_at", "contest_text"])
    _step(fresh, PaperStepKind.CONTESTED, by, at, text)
    return fresh


def may_be_contested(paper: PaperFiling, obligation: Obligation) -> bool:
    """Whether the filing made of it is under review, and nobody has contested it."""
    return (
        paper.state == PaperState.CONFIRMED
        and paper.contested_at is None
        and paper.filing.state == FilingState.SUBMITTED
        and obligation.state == State.FILED
    )


@transaction.atomic
def decide(
    paper: PaperFiling, *, outcome: AnswerOutcome, decision: str, by: User, at: datetime
) -> PaperFiling:
    """Decide whether the organisation filed the paper, and tell it.

    Upheld, the filing is set aside: the version that it replaced is under review again; where there
    was none, the organisation gets the term of a return to file. Dismissed, the review goes on.
    Refuses whoever logged, typed in or confirmed it, acts for the organisation, sent the contest in
    or has no name for the letter, and without reasons. A second decision is refused.
    """
    row, fresh = _lock(paper)
    if not fresh.is_contested:
        raise Refused(_("Nothing waits to be decided here. Reload the page."))
    if not decision.strip():
        raise Refused(_("Write the reasons: the organisation reads them in the letter."))
    person = one_person.of(by, at)
    is_own = person.did(fresh.contested_by_id, fresh.contested_at)
    if is_own or paper_terms.had_a_hand(person, fresh):
        raise Refused(_("You had a hand in this paper filing. Somebody else decides."))
    _refuse_who_acts(row, by, at)
    signatories.refuse_unnamed(by)
    fresh.outcome, fresh.decision = outcome, decision.strip()
    fresh.decided_by, fresh.decided_at = by, at
    fresh.save(update_fields=["outcome", "decision", "decided_by", "decided_at"])
    _step(fresh, PaperStepKind.DECIDED, by, at, decision)
    if outcome == AnswerOutcome.UPHELD:
        _set_aside(fresh, row, by, at)
    _tell_decision(fresh, row, by, at)
    return fresh


def _set_aside(paper: PaperFiling, row: Obligation, by: User, at: datetime) -> None:
    filing = Filing.objects.select_for_update(no_key=True).get(pk=paper.filing.pk)
    was_submitted = filing.state == FilingState.SUBMITTED
    filing.state = FilingState.SET_ASIDE
    filing.save(update_fields=["state"])
    if not was_submitted:
        # The organisation filed itself meanwhile: its own filing stands.
        return
    before = (
        row.filings.exclude(state__in=[FilingState.DRAFT, FilingState.SET_ASIDE])
        .order_by("-submitted_at", "-version")
        .first()
    )
    if before and before.state == FilingState.SUPERSEDED:
        before.state = FilingState.SUBMITTED
        before.save(update_fields=["state"])
    elif row.state == State.FILED:
        # Nobody asked for a correction: it uses up none of the returns that there can be.
        reason = f"paper filing {filing.number} set aside"
        change = Move(State.RETURNED, by, at, reason, is_correction=False)
        obligations.move_locked(row, change)


def _tell_decision(paper: PaperFiling, row: Obligation, by: User, at: datetime) -> None:
    number = paper.filing.number or ""
    notice.register(
        [
            letters.draft(
                row,
                Kind.ANSWER_DECIDED,
                f"paper/{number}",
                {
                    **letters.in_each_language("answer", ANSWER),
                    "answer_number": number,
                    **letters.in_each_language("outcome", AnswerOutcome(paper.outcome).label),
                    "decision_text": paper.decision,
                    **decisions.signed_by((by, at), permission="reregistration.decide_appeal"),
                },
            )
        ],
        at=at,
    )


def _announce(paper: PaperFiling, filed: Filing, at: datetime) -> None:
    """Tell every known address, the replaced ones too, that a paper filing was entered."""
    number = filed.number or ""
    notice.register(
        [
            letters.draft(
                filed.obligation,
                Kind.PAPER_FILED,
                number,
                {
                    "filing_number": number,
                    "paper_received_on": paper.received_on.isoformat(),
                    "counts_on": day_of(paper.counts_at).isoformat(),
                    "contest_until_on": paper_terms.contest_until_on(at).isoformat(),
                },
                to=addresses.everyone(filed.obligation.organisation, at=at),
            )
        ],
        at=at,
    )


def _counts_at(on: date, at: datetime) -> datetime:
    """The last second of that day in Almaty, and never later than the logging."""
    return min(end_of(on) - timedelta(seconds=1), at)


def _lock_obligation(pk: int) -> Obligation:
    """Organisation and obligation, locked in the order that everybody keeps."""
    Organisation.objects.select_for_update(of=("self",), no_key=True).get(obligations=pk)
    return obligations.lock(pk)


def _lock(paper: PaperFiling) -> tuple[Obligation, PaperFiling]:
    row = _lock_obligation(paper.obligation_id)
    # Its filing is read after: whoever changes it has locked the obligation first.
    fresh = PaperFiling.objects.select_for_update(no_key=True).get(pk=paper.pk)
    fresh.obligation = row
    return row, fresh


def _step(
    paper: PaperFiling, kind: PaperStepKind, by: User, at: datetime, note: str = ""
) -> PaperStep:
    return PaperStep.objects.create(paper=paper, kind=kind, note=note.strip(), by=by, at=at)


def _refuse_unless(paper: PaperFiling, *states: PaperState) -> None:
    if paper.state not in states:
        raise Refused(
            _("This paper filing is “%(state)s” now. Reload the page.")
            % {"state": paper.get_state_display()}
        )


def _refuse_unless_open(row: Obligation) -> None:
    if row.state not in MAY_FILE:
        raise Refused(
            _(
                "Nothing can be filed now: the obligation is “%(state)s”. Answer the organisation "
                "by letter."
            )
            % {"state": row.get_state_display()}
        )


def _refuse_who_acts(row: Obligation, by: User, at: datetime) -> None:
    person = one_person.of(by, at)
    acting = row.organisation.representatives.filter(user__in=person.ids, until_at__isnull=True)
    if acting.exists():
        raise Refused(_("You act for this organisation. A colleague does this step."))
