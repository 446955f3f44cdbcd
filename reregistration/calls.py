"""Calls: the helpline writes down who called and what was said. It decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry.ledger import commitment
from registry.models import Organisation
from reregistration.models import CallNote, CallWords
from reregistration.states import CallTopic

# Within this the same words are a second click, or the same page sent again.
SAME_CLICK = timedelta(minutes=10)


@transaction.atomic
def log(
    organisation: Organisation,
    *,
    caller: str,
    about: Iterable[str],
    said: str,
    by: User,
    at: datetime,
) -> CallNote:
    """Log a call. Refuses without who called, what about, and what was said. Safe to repeat: the
    same person's same words as a moment ago are one note; later they are another call."""
    caller, said, topics = caller.strip(), said.strip(), sorted(set(about))
    if not caller or not said:
        raise Refused(_("Write who called, and what was said."))
    if not topics or not set(topics) <= set(CallTopic.values):
        raise Refused(_("Choose what the call was about."))
    # Under the organisation's lock, so that two clicks do not both find nothing.
    Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation.pk)
    own = organisation.calls.filter(by=by, at__gt=at - SAME_CLICK)
    last = own.select_related("words").order_by("-pk").first()
    if last and (last.words.caller, last.about, last.words.said) == (caller, topics, said):
        return last
    words = CallWords(caller=caller, said=said)
    call = CallNote.objects.create(
        organisation=organisation,
        about=topics,
        words_hash=commitment(f"{caller}\n{said}", bytes(words.salt)),
        by=by,
        at=at,
    )
    words.call = call
    words.save(force_insert=True)
    return call
