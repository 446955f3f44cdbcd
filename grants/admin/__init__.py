"""The operator's desk of grants: participants, calls, applications, awards, the law's amounts."""

from grants.admin import (
    applications,
    awards,
    calls,
    evaluations,
    law,
    participants,
    protocols,
    questions,
    reports,
)

__all__ = [
    "applications",
    "awards",
    "calls",
    "evaluations",
    "law",
    "participants",
    "protocols",
    "questions",
    "reports",
]
