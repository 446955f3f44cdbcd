"""The ministry's desk: reviewing, campaigns, obligations, marking, in Django's admin."""

from reregistration.admin import (
    answers,
    campaigns,
    candidates,
    cases,
    claims,
    evidence,
    filings,
    hearings,
    holds,
    logs,
    marking,
    obligations,
    pacing,
    questions,
    referrals,
    signs,
)

__all__ = [
    "answers",
    "campaigns",
    "candidates",
    "cases",
    "claims",
    "evidence",
    "filings",
    "hearings",
    "holds",
    "logs",
    "marking",
    "obligations",
    "pacing",
    "questions",
    "referrals",
    "signs",
]
