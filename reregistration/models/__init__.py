"""Campaigns, what they ask of each organisation, and what came of it."""

from reregistration.models.appeals import Appeal, Complaint, Hearing, Objection
from reregistration.models.attachments import Attachment
from reregistration.models.campaigns import Campaign, CampaignDecision
from reregistration.models.closures import Contradiction, Verification
from reregistration.models.extensions import Extension
from reregistration.models.filings import Declaration, Filing, ReturnReason, Review
from reregistration.models.hearings import (
    HearingDate,
    HearingMinutes,
    HearingRemark,
    HearingSlot,
)
from reregistration.models.holds import Hold
from reregistration.models.marking import Mark, MarkingRound, Reversal, RoundCandidate
from reregistration.models.obligations import Cycle, Obligation, ObligationEvent
from reregistration.models.questions import Question, QuestionMessage, SavedAnswer
from reregistration.models.signatures import FilingSignature, SignerName

__all__ = [
    "Appeal",
    "Attachment",
    "Campaign",
    "CampaignDecision",
    "Complaint",
    "Contradiction",
    "Cycle",
    "Declaration",
    "Extension",
    "Filing",
    "FilingSignature",
    "Hearing",
    "HearingDate",
    "HearingMinutes",
    "HearingRemark",
    "HearingSlot",
    "Hold",
    "Mark",
    "MarkingRound",
    "Objection",
    "Obligation",
    "ObligationEvent",
    "Question",
    "QuestionMessage",
    "ReturnReason",
    "Reversal",
    "Review",
    "RoundCandidate",
    "SavedAnswer",
    "SignerName",
    "Verification",
]
