"""The admin's look and its menu: by task, each person seeing what their roles let them open."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Task, and its entries: model (and its page, if not its list), icon, and the words where the
# model's own do not name the task.
Entry = tuple[str, str, str | Promise | None]
TASKS: list[tuple[str | Promise, list[Entry]]] = [
    (
        _("Review"),
        [
            ("reregistration.filing", "fact_check", _("Filings to review")),
            ("reregistration.review", "history", None),
            ("reregistration.paperfiling", "scan", None),
        ],
    ),
    (
        _("Questions and answers"),
        [
            ("reregistration.question", "contact_support", None),
            ("reregistration.callnote", "call", None),
            ("reregistration.objection", "front_hand", None),
            ("reregistration.complaint", "feedback", None),
            ("reregistration.hearing", "record_voice_over", None),
            ("reregistration.hearingslot", "event_available", None),
            ("reregistration.savedanswer", "quickreply", None),
        ],
    ),
    (
        _("Campaigns"),
        [
            ("reregistration.campaign", "campaign", _("Campaigns")),
            ("reregistration.obligation", "assignment", None),
            ("reregistration.hold", "pause", None),
            ("reregistration.obligationevent", "timeline", None),
            ("reregistration.campaigndecision", "gavel", None),
        ],
    ),
    (
        _("Register"),
        [
            ("registry.organisation", "apartment", None),
            ("registry.organisation/quality", "troubleshoot", _("Data quality")),
            ("registry.claim", "how_to_reg", _("Claims to decide")),
            ("registry.representative", "badge", None),
            ("registry.signoflife", "vital_signs", None),
            ("registry.registerentry", "menu_book", None),
            ("registry.importjob", "upload_file", _("Import an extract")),
            ("registry.extract", "inventory_2", None),
            ("registry.refusedrow", "block", None),
            ("registry.difference", "difference", None),
            ("registry.seal", "lock_clock", None),
        ],
    ),
    (
        _("Notices"),
        [
            ("notices.wave/forecast", "schedule_send", _("What goes out today and tomorrow")),
            ("notices.notice", "mail", None),
            ("notices.dispatch", "send", None),
            ("notices.service", "verified", None),
            ("notices.wave", "waves", None),
            ("notices.pause", "pause_circle", None),
            ("notices.letterbatch", "stacked_email", None),
            ("notices.receiptfile", "receipt_long", None),
            ("notices.issueddocument", "description", None),
        ],
    ),
    (
        _("Marking"),
        [
            ("reregistration.markinground", "rule", None),
            ("reregistration.roundcandidate", "list_alt", None),
            ("reregistration.sampleverdict", "task_alt", None),
            ("reregistration.mark", "flag", None),
        ],
    ),
    (
        _("After a mark"),
        [
            ("reregistration.referralcase", "cases", None),
            ("reregistration.evidenceitem", "inventory_2", None),
            ("reregistration.referral", "folder_open", None),
            ("reregistration.referralschedule", "list_alt_check", None),
            ("reregistration.referralwithdrawal", "undo", None),
            ("reregistration.courtdecision", "gavel", None),
        ],
    ),
    (
        _("Grants"),
        [
            ("grants.call", "campaign", _("Grant calls")),
            ("grants.callquestion", "contact_support", None),
            ("grants.application", "inbox", None),
            ("grants.evaluation", "rule", None),
            ("grants.protocol", "history_edu", None),
            ("grants.award", "payments", None),
            ("grants.report", "summarize", None),
            ("grants.participant", "groups", None),
            ("grants.exclusionfinding", "gpp_bad", None),
        ],
    ),
    (
        _("Settings"),
        [
            ("grants.programme", "account_tree", None),
            ("grants.mci", "calculate", None),
            ("grants.grantrule", "straighten", None),
            ("reregistration.legalground", "balance", None),
            ("reregistration.receivingbody", "account_balance", None),
            ("reregistration.returnreason", "reply", None),
            ("reregistration.refusalground", "do_not_disturb_on", None),
            ("notices.noticetemplate", "article", None),
            ("registry.dayoverride", "event", None),
            ("accounts.user", "person", None),
            ("accounts.rolegrant", "key", None),
            ("accounts.delegation", "beach_access", _("Roles and who stands in")),
            ("accounts.delegatedact", "supervisor_account", None),
        ],
    ),
]


def style(_request: HttpRequest) -> str:
    """The desk's own style sheet."""
    return static("staff.css")


def icon(_request: HttpRequest) -> str:
    """The portal's, so that a browser asks for no /favicon.ico."""
    return static("mark.svg")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu of the person who asks; tasks without an entry for them are left out."""
    groups: list[dict[str, Any]] = [
        {
            "title": task,
            "separator": True,
            "items": [item for entry in entries if (item := _item(request, *entry))],
        }
        for task, entries in TASKS
    ]
    _light_up(request, [item for group in groups for item in group["items"]])
    return [group for group in groups if group["items"]]


def _light_up(request: HttpRequest, items: list[dict[str, Any]]) -> None:
    """Mark the one entry whose page is open: of a list and a page below it, the page."""
    open_now = [item["link"] for item in items if request.path.startswith(item["link"])]
    for item in items:
        item["active"] = item["link"] == max(open_now, key=len, default="")


def _item(
    request: HttpRequest, label: str, icon: str, title: str | Promise | None
) -> dict[str, Any] | None:
    label, _slash, shown = label.partition("/")
    model = apps.get_model(label)
    page = admin.site._registry.get(model)
    if page is None or not page.has_view_or_change_permission(request):
        return None
    words = title or model._meta.verbose_name_plural
    name = label.replace(".", "_")
    text = str(words)
    return {
        "title": text[:1].upper() + text[1:],
        "icon": icon,
        "link": reverse(f"admin:{name}_{shown or 'changelist'}"),
    }
