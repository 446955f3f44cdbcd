"""Grants: who takes part, calls, applications, awards and money."""

from grants.models.applications import (
    Application,
    ApplicationEvent,
    ApplicationPaper,
    BudgetLine,
)
from grants.models.awards import Award, AwardEvent
from grants.models.calls import (
    Call,
    CallDocument,
    CallEvent,
    Criterion,
    GrantRule,
    Lot,
    Mci,
    Programme,
)
from grants.models.evaluation import (
    CommissionDecision,
    ConflictDeclaration,
    Evaluation,
    FormalCheck,
    Protocol,
    Score,
)
from grants.models.participation import (
    ExclusionDeclaration,
    ExclusionFinding,
    Participant,
    ParticipantEvent,
)
from grants.models.past import AwardFile, PastAward, RefusedAward
from grants.models.payments import Instalment, Payment, Repayment, RepaymentDemand
from grants.models.questions import CallQuestion
from grants.models.reports import Report, ReportLine, ReportPaper

__all__ = [
    "Application",
    "ApplicationEvent",
    "ApplicationPaper",
    "Award",
    "AwardEvent",
    "AwardFile",
    "BudgetLine",
    "Call",
    "CallDocument",
    "CallEvent",
    "CallQuestion",
    "CommissionDecision",
    "ConflictDeclaration",
    "Criterion",
    "Evaluation",
    "ExclusionDeclaration",
    "ExclusionFinding",
    "FormalCheck",
    "GrantRule",
    "Instalment",
    "Lot",
    "Mci",
    "Participant",
    "ParticipantEvent",
    "PastAward",
    "Payment",
    "Programme",
    "Protocol",
    "RefusedAward",
    "Repayment",
    "RepaymentDemand",
    "Report",
    "ReportLine",
    "ReportPaper",
    "Score",
]
