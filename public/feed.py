"""The feed of those looked for, for mirrors: with what was taken off the page (RFC 6721)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, rfc3339_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from notices import gate
from notices.models import Dispatch
from public import wanted

# The newest changes; the API has all of them.
LONGEST = 200


class WithRemovals(Atom1Feed):
    """Atom in which what was removed is said to be removed, so that no mirror keeps it."""

    def root_attributes(self) -> dict[str, str]:
        return {
            **super().root_attributes(),
            "xmlns:at": "http://purl.org/atompub/tombstones/1.0",
        }

    def write_items(self, handler: Any) -> None:
        for removed in self.feed["removed"]:
            handler.startElement(
                "at:deleted-entry",
                {"ref": _entry(removed), "when": rfc3339_date(removed.taken_down_at)},
            )
            handler.endElement("at:deleted-entry")
        super().write_items(handler)


@require_safe
def contact_us(_request: HttpRequest) -> HttpResponse:
    """Who is looked for and who is no longer; the names, never why."""
    rows = list(wanted.changes()[:LONGEST])
    title = _("Please contact us")
    feed = WithRemovals(
        title=f"TEST · {title}" if gate.is_test() else title,
        link=f"{settings.PORTAL_URL}{reverse('contact_us')}",
        description=_("Organisations that the ministry cannot reach."),
        language=get_language(),
        feed_url=f"{settings.PORTAL_URL}{reverse('contact_us_feed')}",
        feed_guid=f"{settings.PORTAL_URL}{reverse('contact_us_feed')}",
        author_name=_("NGO register"),
        removed=[row for row in rows if row.taken_down_at],
    )
    for row in rows:
        if not row.taken_down_at:
            _add(feed, row)
    answer = HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _add(feed: WithRemovals, row: Dispatch) -> None:
    organisation = row.notice.organisation
    names = dict.fromkeys(name for name in (organisation.name_kk, organisation.name_ru) if name)
    title = " / ".join(names)
    feed.add_item(
        title=f"TEST · {title}" if gate.is_test() else title,
        link=f"{settings.PORTAL_URL}{reverse('organisation', args=[organisation.number])}",
        description=f"{organisation.number} · {organisation.region.name} · {row.notice.number}",
        unique_id=_entry(row),
        pubdate=row.sent_at,
        updateddate=row.sent_at,
    )


def _entry(row: Dispatch) -> str:
    return f"{settings.PORTAL_URL}/contact-us/#{row.notice.number}"
