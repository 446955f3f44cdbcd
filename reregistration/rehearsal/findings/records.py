"""That what is written twice is the same: states and their log, obligations and the register."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Subquery

from registry.models import Standing
from reregistration.models import Campaign, ObligationEvent
from reregistration.rehearsal.findings.finding import Finding


def check(campaign: Campaign) -> Iterator[Finding]:
    yield _states_equal_the_log(campaign)
    yield _standing_mirrors(campaign)


def _states_equal_the_log(campaign: Campaign) -> Finding:
    last = ObligationEvent.objects.filter(obligation=OuterRef("pk")).order_by("-pk")
    broken = (
        campaign.obligations.annotate(
            logged_state=Subquery(last.values("to_state")[:1]),
            logged_cycle=Subquery(last.values("cycle")[:1]),
            logged_due_on=Subquery(last.values("due_on")[:1]),
        )
        .exclude(state=F("logged_state"), cycle=F("logged_cycle"), due_on=F("logged_due_on"))
        .count()
    )
    return Finding("every state equals its log", broken)


def _standing_mirrors(campaign: Campaign) -> Finding:
    mirror = Standing.objects.filter(
        organisation=OuterRef("organisation"),
        campaign=campaign.code,
        state=OuterRef("state"),
        effective_due_on=OuterRef("due_on"),
    )
    broken = campaign.obligations.filter(~Exists(mirror))
    return Finding("the register mirrors every obligation", broken.count())
