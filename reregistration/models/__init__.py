"""Campaigns, what they ask of each organisation, and what came of it."""

from reregistration.models.appeals import Appeal, Complaint, Hearing, Objection
from reregistration.models.attachments import Attachment
from reregistration.models.calls import CallNote, CallWords
from reregistration.models.campaigns import Campaign, CampaignDecision
from reregistration.models.closures import Contradiction, Verification
from reregistration.models.cohorts import Cohort, DueDateMove
from reregistration.models.court import (
    CourtDecision,
    CourtDecisionConfirmation,
    CourtDecisionEffect,
)
from reregistration.models.evidence import EvidenceItem, EvidenceText
from reregistration.models.extensions import Extension
from reregistration.models.filings import (
    Declaration,
    Filing,
    RefusalProposal,
    ReturnReason,
    Review,
)
from reregistration.models.grounds import (
    GroundEvidence,
    LegalGround,
    ReceivingBody,
    RefusalGround,
)
from reregistration.models.hearings import (
    HearingDate,
    HearingMinutes,
    HearingRemark,
    HearingSlot,
)
from reregistration.models.holds import Hold
from reregistration.models.leases import Lease
from reregistration.models.marking import Mark, MarkingRound, Reversal, RoundCandidate
from reregistration.models.obligations import Cycle, Obligation, ObligationEvent
from reregistration.models.paper import PaperFiling, PaperStep
from reregistration.models.questions import Question, QuestionMessage, SavedAnswer
from reregistration.models.referrals import (
    Referral,
    ReferralCase,
    ReferralSchedule,
    ReferralWithdrawal,
    ScheduleLine,
    WithdrawalChase,
)
from reregistration.models.reopenings import Reopening, ReopeningProposal
from reregistration.models.sampling import SampleCase, SampleDraw, SampleVerdict
from reregistration.models.scope_changes import ScopeChange
from reregistration.models.signatures import FilingSignature, SignerName

__all__ = [
    "Appeal",
    "Attachment",
    "CallNote",
    "CallWords",
    "Campaign",
    "CampaignDecision",
    "Cohort",
    "Complaint",
    "Contradiction",
    "CourtDecision",
    "CourtDecisionConfirmation",
    "CourtDecisionEffect",
    "Cycle",
    "Declaration",
    "DueDateMove",
    "EvidenceItem",
    "EvidenceText",
    "Extension",
    "Filing",
    "FilingSignature",
    "GroundEvidence",
    "Hearing",
    "HearingDate",
    "HearingMinutes",
    "HearingRemark",
    "HearingSlot",
    "Hold",
    "Lease",
    "LegalGround",
    "Mark",
    "MarkingRound",
    "Objection",
    "Obligation",
    "ObligationEvent",
    "PaperFiling",
    "PaperStep",
    "Question",
    "QuestionMessage",
    "ReceivingBody",
    "Referral",
    "ReferralCase",
    "ReferralSchedule",
    "ReferralWithdrawal",
    "RefusalGround",
    "RefusalProposal",
    "Reopening",
    "ReopeningProposal",
    "ReturnReason",
    "Reversal",
    "Review",
    "RoundCandidate",
    "SampleCase",
    "SampleDraw",
    "SampleVerdict",
    "SavedAnswer",
    "ScheduleLine",
    "ScopeChange",
    "SignerName",
    "Verification",
    "WithdrawalChase",
]
