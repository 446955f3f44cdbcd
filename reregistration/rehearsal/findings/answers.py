"""That a complaint is decided by who took no part, and undoes the mark if it is upheld."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q

from notices.models import Notice
from notices.states import Kind
from reregistration.models import Campaign, Complaint, Reversal
from reregistration.rehearsal.findings.finding import Finding
from reregistration.states import AnswerOutcome


def check(campaign: Campaign) -> Iterator[Finding]:
    yield _upheld_complaints_undo_the_mark(campaign)
    yield _nobody_decides_on_their_own(campaign)
    yield _reversals_are_told(campaign)


def _upheld_complaints_undo_the_mark(campaign: Campaign) -> Finding:
    reversed_marks = Reversal.objects.filter(
        mark__obligation=OuterRef("obligation"), mark__cycle=OuterRef("cycle")
    )
    broken = (
        Complaint.objects.filter(
            obligation__campaign=campaign,
            outcome=AnswerOutcome.UPHELD,
            obligation__first_filed_at__isnull=True,
        )
        .filter(~Exists(reversed_marks))
        .count()
    )
    return Finding("every upheld complaint undid its mark, unless a filing had", broken)


def _nobody_decides_on_their_own(campaign: Campaign) -> Finding:
    hands = ("drafted_by", "frozen_by", "first_signed_by", "second_signed_by")
    own = Q(obligation__candidacies__round__cases__verdicts__by=F("decided_by"))
    for hand in hands:
        own |= Q(**{f"obligation__candidacies__round__{hand}": F("decided_by")})
    broken = Complaint.objects.filter(own, obligation__campaign=campaign).distinct().count()
    return Finding("nobody decided on a complaint of what they had checked or signed", broken)


def _reversals_are_told(campaign: Campaign) -> Finding:
    told = Notice.objects.filter(
        kind=Kind.MARK_REVERSED, organisation=OuterRef("mark__obligation__organisation")
    )
    broken = Reversal.objects.filter(~Exists(told), mark__obligation__campaign=campaign).count()
    return Finding("every reversal of a mark was told to the organisation", broken)
