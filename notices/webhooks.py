"""Where the mail provider tells us what became of our e-mails.

django-anymail checks the signature and reads the provider's words; instead of sending its signal
the view hands them to one verb, so that a reader sees what follows, and a failure is answered with
500: the provider then comes again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from importlib import import_module
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from notices import reports
from notices.providers import PROVIDERS, is_secured
from notices.reports import Report
from notices.states import ReportEvent, ReportOrigin

_EVENTS = {
    EventType.DELIVERED: ReportEvent.DELIVERED,
    EventType.BOUNCED: ReportEvent.BOUNCED,
    # The provider refused to send it at all, mostly because the address bounced before.
    EventType.REJECTED: ReportEvent.BOUNCED,
    EventType.COMPLAINED: ReportEvent.COMPLAINED,
    EventType.DEFERRED: ReportEvent.DELAYED,
}


# Its proof is the provider's signature or secret.
@csrf_exempt
def tracking(request: HttpRequest, provider: str) -> HttpResponseBase:
    """Reports of the one provider that is set; there is no page for any other."""
    if provider != settings.EMAIL_PROVIDER or not is_secured(provider, settings.ANYMAIL):
        raise Http404
    return _view(provider).as_view()(request)


def _view(provider: str) -> type[View]:
    """The provider's view, which takes the reports where it would send its signal."""
    module = import_module(f"anymail.webhooks.{provider}")
    theirs: Any = getattr(module, PROVIDERS[provider].view)

    return type("Taking", (theirs,), {"signal": _Verb()})


class _Verb:
    """Stands where the view would send its signal."""

    def send(self, *, event: Any, **_named: Any) -> None:
        at = timezone.now()
        reports.take(reports_of([event], at=at), at=at)


def reports_of(events: Iterable[Any], *, at: datetime) -> Iterator[Report]:
    """The events that say something of a delivery; openings and clicks are nobody's business."""
    for event in events:
        kind = _EVENTS.get(event.event_type) if isinstance(event, AnymailTrackingEvent) else None
        if kind is not None:
            yield _report(event, kind, at)


def _report(event: Any, kind: ReportEvent, at: datetime) -> Report:
    ours = event.metadata if isinstance(event.metadata, dict) else {}
    number = str(event.message_id or "")
    said = (event.mta_response, event.description, event.reject_reason)
    return Report(
        origin=ReportOrigin.PROVIDER,
        event=kind,
        key=_key(event, kind),
        happened_at=event.timestamp or at,
        diagnostic=next((str(words) for words in said if words), ""),
        dispatch_id=_whole(ours.get("dispatch")),
        sending=_whole(ours.get("sending")),
        provider_id=number,
        message_id=number,
    )


def _key(event: Any, kind: ReportEvent) -> str:
    """The provider's own number of the event, else a hash of what makes it this event.

    The number alone: a signature once seen must not carry another event in.
    """
    said = event.event_id or (event.message_id, kind, event.timestamp, event.recipient)
    return f"{settings.EMAIL_PROVIDER}:{sha256(str(said).encode()).hexdigest()}"


def _whole(text: object) -> int | None:
    words = str(text)
    return int(words) if words.isascii() and words.isdigit() and len(words) < 19 else None
