"""The ministry's desk: reviewing, campaigns, obligations, marking, in Django's admin."""

from reregistration.admin import campaigns, candidates, filings, logs, marking, obligations

__all__ = ["campaigns", "candidates", "filings", "logs", "marking", "obligations"]
