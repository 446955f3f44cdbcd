"""Campaigns, what they ask of each organisation, and what came of it."""

from reregistration.models.campaigns import Campaign, CampaignDecision
from reregistration.models.filings import Declaration, Filing, ReturnReason, Review
from reregistration.models.marking import Mark, MarkingRound, RoundCandidate
from reregistration.models.obligations import Cycle, Obligation, ObligationEvent

__all__ = [
    "Campaign",
    "CampaignDecision",
    "Cycle",
    "Declaration",
    "Filing",
    "Mark",
    "MarkingRound",
    "Obligation",
    "ObligationEvent",
    "ReturnReason",
    "Review",
    "RoundCandidate",
]
