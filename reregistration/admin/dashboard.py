"""The admin's first page: what waits, how fast it goes, who has filed, and what is stuck.

A figure counts the rows of the list that it links to, as that list would show them to the person
who asks; who may not open the list is not shown the figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from django.contrib import admin
from django.db.models import Count, Min, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.admin_verbs import arrived_at, today
from notices.admin.filters import FailedAndNothingFollows
from notices.models import Dispatch, Pause, Wave
from notices.querysets import DispatchQuerySet
from notices.states import Channel, DispatchState
from registry.calendar import Overrides, day_of
from registry.models import DayOverride
from reregistration import agreement, dashboard
from reregistration.models import Filing, MarkingRound, Obligation, Review
from reregistration.obligations import past_due
from reregistration.states import RoundState

# The picture's own measures: as wide as per cents of its axis, one hundred high.
WIDTH, HEIGHT = 1000, 100


@dataclass(frozen=True)
class Figure:
    """A number with the list behind it."""

    label: str | Promise
    count: int
    link: str
    note: str = ""
    # Whether somebody must look at it.
    is_wrong: bool = False


def first_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the admin's first page shows to the person who asks."""
    on = today(request)
    overrides = DayOverride.objects.as_overrides()
    parts = {
        "queue": _queue(request, on, overrides),
        "response": _response(request, on),
        "sendings": _sendings(request),
        "stuck": _stuck(request, on),
    }
    return {
        **context,
        **parts,
        "title": _("Today"),
        "on": on,
        # Whoever may see none of it is shown the lists alone.
        "has_figures": any(part is not None for part in parts.values()),
    }


def _seen(request: HttpRequest, model: type[Model]) -> QuerySet[Any] | None:
    """The rows that the model's list shows to the person; None where they may not open it."""
    desk = admin.site._registry[model]
    if not desk.has_view_or_change_permission(request):
        return None
    return desk.get_queryset(request)


def _list(model: type[Model], **asked: str) -> str:
    meta = model._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return f"{address}?{urlencode(asked)}" if asked else address


def _queue(request: HttpRequest, on: date, overrides: Overrides) -> dict[str, Any] | None:
    filings, reviews = _seen(request, Filing), _seen(request, Review)
    if filings is None:
        return None
    regions = dashboard.queue(filings, on=on, overrides=overrides)
    waiting = sum(region.waiting for region in regions)
    pace = (
        dashboard.pace(filings, reviews, on=on, overrides=overrides)
        if reviews is not None
        else None
    )
    return {
        "waiting": Figure(_("Filings that wait for review"), waiting, _list(Filing, waiting="yes")),
        "oldest": regions[0] if regions else None,
        "regions": [
            (region, _list(Filing, waiting="yes", region=region.region.pk)) for region in regions
        ],
        "pace": pace,
        "days_left": pace.days_for(waiting) if pace else None,
        "is_behind": pace is not None and pace.decided_a_day < pace.filed_a_day,
        "reviews": _list(Review),
    }


def _response(request: HttpRequest, on: date) -> dict[str, Any] | None:
    rows = _seen(request, Obligation)
    if rows is None or (campaign := dashboard.open_campaign()) is None:
        return None
    found = dashboard.response(rows, campaign, on=on)
    return {
        "of": found,
        "link": _list(Obligation, campaign=campaign.code),
        "filed": _list(Obligation, campaign=campaign.code, first_filed_at__isnull="False"),
        "curve": _curve(found),
        "due_at": _place(campaign.due_on, found),
    }


def _place(on: date, found: dashboard.Response) -> int:
    """Where a day stands on the picture's axis, which ends with the end of its last day."""
    begin = found.campaign.opens_on
    days = (found.last_on - begin).days + 1
    return min(max(WIDTH * ((on - begin).days + 1) // days, 0), WIDTH)


def _curve(found: dashboard.Response) -> str:
    """The points of the line: flat until a day on which somebody filed, then up to its share."""
    points = [(0, HEIGHT)]
    for day in found.days:
        before = points[-1][1]
        points += [
            (_place(day.on - timedelta(days=1), found), before),
            (_place(day.on, found), HEIGHT - int(day.share * HEIGHT / 100)),
        ]
    points.append((_place(found.on, found), points[-1][1]))
    return " ".join(f"{x},{y}" for x, y in points)


def _sendings(request: HttpRequest) -> dict[str, Any] | None:
    dispatches = _seen(request, Dispatch)
    if dispatches is None:
        return None
    counts: Mapping[str, int] = dict(
        dispatches.order_by().values_list("state").annotate(count=Count("pk"))
    )
    return {
        "figures": [
            Figure(state.label, counts.get(state, 0), _list(Dispatch, state__exact=state))
            for state in DispatchState
        ],
        "total": sum(counts.values()),
        "link": _list(Dispatch),
    }


def _stuck(request: HttpRequest, on: date) -> list[Figure] | None:
    """What should not be there, or waits for a person. None where nothing of it is theirs."""
    found = [
        *_of_obligations(request, on),
        *_of_dispatches(request, on),
        *_of_sending(request),
        *_of_rounds(request),
    ]
    return found or None


def _of_obligations(request: HttpRequest, on: date) -> list[Figure]:
    rows = _seen(request, Obligation)
    if rows is None:
        return []
    differing = agreement.differing(rows).count()
    not_moved = past_due.not_moved(rows, on).count()
    return [
        Figure(
            _("State differs from log"),
            differing,
            _list(Obligation, differs="yes"),
            _("It must be none: tell the operator before anything else is decided."),
            bool(differing),
        ),
        Figure(
            _("Past due and not moved"),
            not_moved,
            _list(Obligation, not_moved="yes"),
            _("The timetable has not run today: tell the operator."),
            bool(not_moved),
        ),
    ]


def _of_dispatches(request: HttpRequest, on: date) -> list[Figure]:
    rows = cast(DispatchQuerySet | None, _seen(request, Dispatch))
    if rows is None:
        return []
    past_lease = rows.past_lease(arrived_at(request)).count()
    nothing_follows = rows.filter(FailedAndNothingFollows.condition).count()
    letters = rows.filter(
        channel=Channel.LETTER, state__in=[DispatchState.QUEUED, DispatchState.SENDING]
    ).aggregate(count=Count("pk"), oldest_at=Min("made_at"))
    since = day_of(letters["oldest_at"]) if letters["count"] else None
    return [
        Figure(
            _("Stuck in a worker"),
            past_lease,
            _list(Dispatch, past_lease="yes"),
            _("A worker took them and did not say what became of them."),
            bool(past_lease),
        ),
        Figure(
            _("Failed, and nothing follows"),
            nothing_follows,
            _list(Dispatch, nothing_follows="yes"),
            _("Nothing else of these notices is on its way: a person must look at them."),
            bool(nothing_follows),
        ),
        Figure(
            _("Letters that wait for a batch"),
            letters["count"],
            _list(Dispatch, waiting="yes", channel__exact=Channel.LETTER),
            _("The oldest since %(on)s.") % {"on": date_format(since)} if since else "",
            # A batch is made each morning.
            since is not None and (on - since).days > 1,
        ),
    ]


def _of_sending(request: HttpRequest) -> list[Figure]:
    waves, pauses = _seen(request, Wave), _seen(request, Pause)
    figures = []
    if waves is not None:
        count = waves.filter(stopped_at__isnull=False).count()
        link = _list(Wave, stopped_at__isnull="False")
        figures.append(Figure(_("Stopped waves of notices"), count, link, is_wrong=bool(count)))
    if pauses is not None:
        count = pauses.filter(ended_at__isnull=True).count()
        link = _list(Pause, ended_at__isnull="True")
        figures.append(Figure(_("Pauses in force"), count, link, is_wrong=bool(count)))
    return figures


def _of_rounds(request: HttpRequest) -> list[Figure]:
    rounds = _seen(request, MarkingRound)
    if rounds is None:
        return []
    # A stopped round stays stopped; it is told, and wrong no more than any other.
    count = rounds.filter(state=RoundState.STOPPED).count()
    return [
        Figure(
            _("Marking rounds that were stopped"),
            count,
            _list(MarkingRound, state__exact=RoundState.STOPPED),
        )
    ]
