"""What this campaign's notices say of an obligation: the variables of the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import override

from notices.addresses import Address
from notices.notice import Draft
from notices.states import Kind
from registry.calendar import NO_OVERRIDES, Overrides
from reregistration import deadlines, decisions
from reregistration.models import Obligation

_LANGUAGES = ("kk", "ru", "en")


def draft(
    obligation: Obligation,
    kind: Kind,
    occasion: str,
    variables: Mapping[str, str] | None = None,
    *,
    to: tuple[Address, ...] | None = None,
) -> Draft:
    """A notice of that kind for the organisation, in the obligation's present cycle.

    The obligation comes with its campaign and organisation loaded. `variables` are those of the
    kind that the obligation itself does not know; of a decision, who decided too
    (`decisions.signed_by`). `to` is for a notice to given addresses; where
    none is known it goes the way of every other.
    """
    return Draft(
        organisation=obligation.organisation,
        source=obligation.source,
        cycle=obligation.cycle,
        kind=kind,
        occasion=occasion,
        variables={
            **_campaign_texts(obligation),
            **decisions.remedies(obligation.campaign, kind),
            "due_on": obligation.due_on.isoformat(),
            **(variables or {}),
        },
        to=to or None,
    )


def spoken(words: Sequence[str | Promise]) -> dict[str, list[str]]:
    """Translatable words as each language says them."""
    told = {}
    for language in _LANGUAGES:
        with override(language):
            told[language] = [str(word) for word in words]
    return told


def in_each_language(name: str, word: str | Promise) -> dict[str, str]:
    """A variable that is spoken, from one translatable word."""
    return {f"{name}_{language}": told for language, (told,) in spoken([word]).items()}


def scheduled(
    obligation: Obligation,
    kind: Kind,
    occasion: str,
    *,
    on: date,
    overrides: Overrides = NO_OVERRIDES,
) -> Draft:
    """A notice that the timetable queues that day."""
    campaign = obligation.campaign
    return draft(
        obligation,
        kind,
        occasion,
        {
            "days_left": str((obligation.due_on - on).days),
            "grace_days": str(campaign.grace_days),
            "grace_ends_on": deadlines.grace_ends_on(
                obligation.due_on, campaign.grace_days, overrides
            ).isoformat(),
            "decision_after_days": str(campaign.decision_after_days),
            "answer_days": str(campaign.decision_served_days),
        },
    )


def _campaign_texts(obligation: Obligation) -> dict[str, str]:
    return {
        f"{name}_{language}": getattr(obligation.campaign, f"{field}_{language}")
        for name, field in (("campaign", "name"), ("body", "body"), ("legal_base", "legal_base"))
        for language in _LANGUAGES
    }
