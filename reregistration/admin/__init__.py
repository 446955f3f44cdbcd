"""The ministry's desk: reviewing, campaigns, obligations, marking, in Django's admin."""

from reregistration.admin import (
    answers,
    campaigns,
    candidates,
    claims,
    filings,
    hearings,
    holds,
    logs,
    marking,
    obligations,
    pacing,
    questions,
    signs,
)

__all__ = [
    "answers",
    "campaigns",
    "candidates",
    "claims",
    "filings",
    "hearings",
    "holds",
    "logs",
    "marking",
    "obligations",
    "pacing",
    "questions",
    "signs",
]
