"""What a campaign's page tells beside its fields: numbers, decisions, what is on its way."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.admin_verbs import person
from reregistration import due_dates, scope_changes
from reregistration.admin import load, preview
from reregistration.models import Campaign, DueDateMove
from reregistration.states import CampaignState


def about(request: HttpRequest, row: Campaign) -> dict[str, Any]:
    return {
        "numbers": preview.numbers(row),
        "decisions": row.decisions.select_related("by", "cohort"),
        "obligations": _obligations_link(request, row),
        "load": load.load(row),
        "moves": _moves(row),
        "scope": _scope(row),
        "links": _links(request),
    }


def _moves(row: Campaign) -> list[tuple[DueDateMove, int]]:
    """The moves of its due dates, newest first; of one on its way, how many it looks at in all."""
    moves = list(row.due_date_moves.select_related("decision__by", "decision__cohort"))
    return [(move, 0 if move.finished_at else due_dates.reach(move)) for move in moves]


def _scope(row: Campaign) -> dict[str, Any]:
    """Who came and who left, and the decision on its way; nothing of one that is not open."""
    if row.state != CampaignState.OPEN:
        return {}
    return {
        "joined": scope_changes.newcomers(row).count(),
        "left": scope_changes.left(row),
        "going": row.scope_changes.filter(finished_at__isnull=True).first(),
    }


def _links(request: HttpRequest) -> list[tuple[str, str]]:
    """What goes out, and in which words: the pages that a manager asks for beside a campaign."""
    pages = [
        (
            "notices.view_wave",
            _("What goes out today and tomorrow"),
            reverse("admin:notices_wave_forecast"),
        ),
        (
            "notices.view_noticetemplate",
            _("Every letter's words in each language, with a preview"),
            f"{reverse('admin:notices_noticetemplate_changelist')}?in_force=yes",
        ),
        ("reregistration.view_hold", _("Holds"), reverse("admin:reregistration_hold_changelist")),
    ]
    user = person(request)
    return [(label, address) for permission, label, address in pages if user.has_perm(permission)]


def _obligations_link(request: HttpRequest, row: Campaign) -> str:
    """The list of its obligations, for those who may see it."""
    return row.code if person(request).has_perm("reregistration.view_obligation") else ""
