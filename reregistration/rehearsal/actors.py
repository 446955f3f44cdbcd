"""What organisations and reviewers do in a rehearsal, through the verbs that people use.

Each function acts on one row and may run in a worker process.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from random import Random

from accounts.models import User
from accounts.refusals import Refused
from registry import representatives
from reregistration import appeals, filing, review
from reregistration.models import Filing, Obligation
from reregistration.states import BEFORE_THE_COURT, FilingState


def file(obligation_id: int, at: datetime, seed: int) -> str:
    """The organisation's representative fills the form in and submits it."""
    obligation = _obligation(obligation_id)
    person = _representative(obligation, at)
    try:
        draft = filing.start(obligation, by=person, at=at)
        saved = filing.save(
            draft, _answers(draft, obligation, seed), revision=draft.revision, by=person, at=at
        )
        filing.submit(saved, by=person, at=at)
    except Refused:
        # Out of the campaign by then (released): nothing to file.
        return "refused"
    return "cured" if obligation.state in BEFORE_THE_COURT else "filed"


def begin_draft(obligation_id: int, at: datetime, seed: int) -> str:  # noqa: ARG001 - one shape
    """The representative opens the form and leaves it."""
    obligation = _obligation(obligation_id)
    try:
        filing.start(obligation, by=_representative(obligation, at), at=at)
    except Refused:
        return "refused"
    return "drafted"


def object_to(obligation_id: int, at: datetime, seed: int) -> str:  # noqa: ARG001 - one shape
    """The organisation objects to the preliminary decision."""
    return _answer(appeals.object_to, obligation_id, at, "objected")


def wish_to_be_heard(obligation_id: int, at: datetime, seed: int) -> str:  # noqa: ARG001
    """The organisation asks to be heard before it is marked."""
    return _answer(appeals.ask_for_hearing, obligation_id, at, "wished")


def complain(obligation_id: int, at: datetime, seed: int) -> str:  # noqa: ARG001 - one shape
    """The organisation complains of its mark."""
    return _answer(appeals.complain, obligation_id, at, "complained")


def _answer(send_in: Callable[..., object], obligation_id: int, at: datetime, word: str) -> str:
    obligation = _obligation(obligation_id)
    person = _representative(obligation, at)
    try:
        send_in(obligation, text="We are at work.", by=person, at=at)
    except Refused:
        # It has filed since, or nothing stands that it could answer.
        return "refused"
    return word


def accept(filing_id: int, at: datetime, seed: int) -> str:  # noqa: ARG001 - one shape
    submitted = Filing.objects.get(pk=filing_id)
    if submitted.state != FilingState.SUBMITTED:
        return "refused"
    review.accept(submitted, by=_reviewer(filing_id), at=at)
    return "accepted"


def send_back(filing_id: int, at: datetime, seed: int) -> str:
    submitted = Filing.objects.get(pk=filing_id)
    if submitted.state != FilingState.SUBMITTED:
        return "refused"
    reason = Random(f"{seed}/reason/{filing_id}").choice(["address_unclear", "figures_contradict"])
    review.return_for_correction(submitted, reasons=[reason], by=_reviewer(filing_id), at=at)
    return "returned"


REVIEWERS = 10


def reviewer_email(index: int) -> str:
    return f"reviewer{index}@ministry.example"


def member(email: str) -> User:
    """An account at the ministry, with a name: decision letters name who decided."""
    return User.objects.create_user(
        email, first_name="Rehearsal", last_name=email.partition("@")[0]
    )


def _reviewer(filing_id: int) -> User:
    return User.objects.get(email=reviewer_email(filing_id % REVIEWERS))


def _obligation(obligation_id: int) -> Obligation:
    return Obligation.objects.select_related("organisation", "campaign").get(pk=obligation_id)


def _representative(obligation: Obligation, at: datetime) -> User:
    """Whoever acts for the organisation; staff entered them on the day they came."""
    organisation = obligation.organisation
    held = organisation.representatives.select_related("user").filter(until_at=None).first()
    if held:
        return held.user
    person = User.objects.create_user(f"{organisation.number.lower()}@filer.example", language="ru")
    representatives.begin(organisation, user=person, ground="rehearsal", at=at)
    return person


def _answers(draft: Filing, obligation: Obligation, seed: int) -> dict[str, object]:
    dice = Random(f"{seed}/answers/{obligation.organisation.number}")
    income = Decimal(dice.randint(0, 400)) * 50_000
    return {
        "address": draft.address or "—",
        "head_name": draft.head_name or "—",
        "email": draft.email or f"office{obligation.pk}@filer.example",
        "employees": draft.employees if draft.employees is not None else dice.randint(0, 2),
        "volunteers": dice.randint(0, 30),
        "activity_areas": draft.activity_areas or [dice.choice(["1", "2", "3", "7", "11"])],
        "income": draft.income if draft.income is not None else income,
        "spending": draft.spending if draft.spending is not None else income,
    }
