"""Two entries of one organisation are merged; a reorganised one is given its successor.

A merge sets `merged_into` and re-points nothing: each row keeps its history, contacts and people,
so that the undo is one more line. What a campaign asked of the merged one is not the register's to
decide: it is out of scope from the merge on, and whoever manages the campaign releases it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry import lines
from registry.lines import Line
from registry.models import Organisation, RegisterEntry
from registry.states import EntryKind, StandingState

SOURCE = "staff"
# A step of a campaign that waits for a person, or that a merge would leave standing.
DECIDE_FIRST = (StandingState.FILED, StandingState.MARKED, StandingState.REFERRED)


def obstacles(organisation: Organisation, into: Organisation) -> list[str]:
    """Why the first cannot be merged into the second, as sentences; none when it can."""
    if organisation.pk == into.pk:
        return [_("An organisation is not merged into itself. Choose the other entry.")]
    found = []
    if organisation.merged_into_id:
        found.append(
            _("%(number)s is merged into another already. Undo that first to choose anew.")
            % {"number": organisation.number}
        )
    if into.merged_into_id:
        found.append(
            _("%(number)s is itself merged into another. Choose the one that it is part of now.")
            % {"number": into.number}
        )
    if organisation.merged_from.exists():
        found.append(
            _("Others were merged into %(number)s. Undo that first, or keep this one.")
            % {"number": organisation.number}
        )
    if organisation.bin and into.bin:
        found.append(
            _("Each has a BIN of its own: two legal entities. Record the successor instead.")
        )
    if organisation.standings.filter(state__in=DECIDE_FIRST).exists():
        found.append(
            _(
                "What %(number)s filed is under review, or a mark stands. Decide on that first, "
                "or keep this entry and merge the other into it."
            )
            % {"number": organisation.number}
        )
    return found


@transaction.atomic
def merge(
    organisation: Organisation, into: Organisation, *, ground: str, by: User, at: datetime
) -> list[RegisterEntry]:
    """Record that the first entry is the same organisation as the second, which stays.

    Writes a line on both. Refuses what `obstacles` names, read again under the locks; so the
    second of two clicks finds it merged and writes nothing.
    """
    fresh, kept = _locked(organisation, into)
    for sentence in obstacles(fresh, kept):
        raise Refused(sentence)
    fresh.merged_into = kept
    fresh.save(update_fields=["merged_into"])
    return _write(
        EntryKind.MERGED,
        (fresh, "merged_into", (None, kept.number)),
        (kept, "merged_from", (None, fresh.number)),
        ground=ground,
        by=by,
        at=at,
    )


@transaction.atomic
def undo(
    organisation: Organisation, into: Organisation, *, ground: str, by: User, at: datetime
) -> list[RegisterEntry]:
    """Undo a merge by compensating lines on both; the organisation is listed again.

    Refuses when it is not merged into that one now. An obligation released meanwhile stays
    released: what a campaign asks is not the register's to decide.
    """
    fresh, kept = _locked(organisation, into)
    if fresh.merged_into_id != kept.pk:
        raise Refused(
            _("%(number)s is not merged into %(into)s now. Reload the page.")
            % {"number": fresh.number, "into": kept.number}
        )
    fresh.merged_into = None
    fresh.save(update_fields=["merged_into"])
    return _write(
        EntryKind.UNMERGED,
        (fresh, "merged_into", (kept.number, None)),
        (kept, "merged_from", (fresh.number, None)),
        ground=ground,
        by=by,
        at=at,
    )


@transaction.atomic
def record_successor(
    organisation: Organisation, successor: Organisation, *, ground: str, by: User, at: datetime
) -> list[RegisterEntry]:
    """Record who took over the organisation's rights and duties; in place of one recorded before.

    Writes a line on both. Refuses an organisation as its own successor, be it through others, one
    that was merged, and what is recorded already.
    """
    fresh, new = _locked(organisation, successor)
    if new.pk == fresh.pk or fresh.pk in _followers(new):
        raise Refused(
            _("An organisation does not succeed itself. %(number)s comes before, not after.")
            % {"number": new.number}
        )
    if fresh.merged_into_id or new.merged_into_id:
        raise Refused(
            _("One of the two was merged into another. Choose the one that it is part of now.")
        )
    if fresh.successor_id == new.pk:
        raise Refused(_("%(number)s is recorded already.") % {"number": new.number})
    before = fresh.successor.number if fresh.successor else None
    fresh.successor = new
    fresh.save(update_fields=["successor"])
    return _write(
        EntryKind.SUCCESSION,
        (fresh, "successor", (before, new.number)),
        (new, "predecessor", (None, fresh.number)),
        ground=ground,
        by=by,
        at=at,
    )


@transaction.atomic
def withdraw_successor(
    organisation: Organisation, successor: Organisation, *, ground: str, by: User, at: datetime
) -> list[RegisterEntry]:
    """Record that the successor was recorded by mistake, by compensating lines on both."""
    fresh, old = _locked(organisation, successor)
    if fresh.successor_id != old.pk:
        raise Refused(
            _("%(number)s is not recorded as the successor now. Reload the page.")
            % {"number": old.number}
        )
    fresh.successor = None
    fresh.save(update_fields=["successor"])
    return _write(
        EntryKind.SUCCESSION,
        (fresh, "successor", (old.number, None)),
        (old, "predecessor", (fresh.number, None)),
        ground=ground,
        by=by,
        at=at,
    )


def _locked(one: Organisation, other: Organisation) -> tuple[Organisation, Organisation]:
    """Both read under their locks, ids ascending."""
    ids = [one.pk, other.pk]
    locked = Organisation.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    rows = {row.pk: row for row in locked}
    return rows[one.pk], rows[other.pk]


def _followers(organisation: Organisation) -> set[int]:
    """The ids of whoever succeeded it, and succeeded them."""
    found: set[int] = set()
    following = organisation.successor
    while following and following.pk not in found:
        found.add(following.pk)
        following = following.successor
    return found


def _write(
    kind: EntryKind,
    *changes: tuple[Organisation, str, tuple[str | None, str | None]],
    ground: str,
    by: User,
    at: datetime,
) -> list[RegisterEntry]:
    """A line on each. The ground is free words that may name people: it can be erased."""
    return lines.write(
        [Line(row.pk, kind, {name: pair}, {"ground": ground}) for row, name, pair in changes],
        source=SOURCE,
        decision="",
        by=by,
        at=at,
    )
