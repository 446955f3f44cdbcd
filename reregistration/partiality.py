"""Who may hear an organisation, and decide on what it answers? Nobody who had a hand in it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import one_person
from accounts.models import User
from accounts.one_person import OnePerson
from accounts.refusals import Refused
from reregistration.models import (
    Appeal,
    MarkingRound,
    Obligation,
    Reopening,
    Review,
    SampleVerdict,
)


def shows_the_hand_of(person: OnePerson) -> Q:
    """Drafted, frozen or signed by this member of staff, as a condition on marking rounds."""
    return (
        person.acts("drafted_by", "drafted_at")
        | person.acts("frozen_by", "frozen_at")
        | person.acts("first_signed_by", "first_signed_at")
        | person.acts("second_signed_by", "second_signed_at")
    )


def took_part(person: OnePerson, obligation: Obligation) -> bool:
    """Whether this member of staff had a hand in what the organisation answers to."""
    own_rounds = MarkingRound.objects.filter(
        shows_the_hand_of(person), candidates__obligation=obligation
    )
    own_checks = SampleVerdict.objects.filter(
        person.acts("by", "at"), case__candidate__obligation=obligation
    )
    own_reviews = Review.objects.filter(
        # A refusal is proposed before the moment at which it is confirmed.
        person.acts("by", "at") | person.acts("proposed_by", "filing__refusal_proposals__at"),
        filing__obligation=obligation,
    )
    own_reopenings = Reopening.objects.filter(
        person.acts("by", "at") | person.acts("proposed_by", "review__reopening_proposals__at"),
        review__filing__obligation=obligation,
    )
    own = (own_rounds, own_checks, own_reviews, own_reopenings)
    return any(rows.exists() for rows in own)


def refuse(appeal: Appeal, obligation: Obligation, by: User, *, at: datetime) -> None:
    """Refuse whoever took part in an earlier decision, sent it in, or acts for the organisation."""
    person = one_person.of(by, at)
    if took_part(person, obligation):
        raise Refused(
            _("You took part in an earlier decision on this organisation. Somebody else decides.")
        )
    acts_for_it = obligation.organisation.representatives.filter(
        user__in=person.ids, until_at__isnull=True
    )
    if person.did(appeal.by_id, appeal.at) or acts_for_it.exists():
        raise Refused(_("You act for this organisation. Somebody else decides."))
