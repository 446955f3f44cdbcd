"""The operator's desk of grants: participants, calls, questions, and the law's amounts."""

from grants.admin import calls, law, participants, questions

__all__ = ["calls", "law", "participants", "questions"]
