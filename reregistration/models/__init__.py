"""Campaigns, what they ask of each organisation, and what came of it."""

from reregistration.models.appeals import Appeal, Complaint, Hearing, Objection
from reregistration.models.campaigns import Campaign, CampaignDecision
from reregistration.models.closures import Contradiction, Verification
from reregistration.models.extensions import Extension
from reregistration.models.filings import Declaration, Filing, ReturnReason, Review
from reregistration.models.marking import Mark, MarkingRound, RoundCandidate
from reregistration.models.obligations import Cycle, Obligation, ObligationEvent
from reregistration.models.questions import Question, QuestionMessage, SavedAnswer

__all__ = [
    "Appeal",
    "Campaign",
    "CampaignDecision",
    "Complaint",
    "Contradiction",
    "Cycle",
    "Declaration",
    "Extension",
    "Filing",
    "Hearing",
    "Mark",
    "MarkingRound",
    "Objection",
    "Obligation",
    "ObligationEvent",
    "Question",
    "QuestionMessage",
    "ReturnReason",
    "Review",
    "RoundCandidate",
    "SavedAnswer",
    "Verification",
]
