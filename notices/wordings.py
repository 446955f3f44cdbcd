"""How does the ministry word a notice anew? One person drafts a version, another approves it.

An approved version is never changed (a trigger refuses it): whatever is to be said otherwise is
a new version with a day of its own. Notices keep the version they were made from.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import one_person
from accounts.models import User
from accounts.refusals import Refused
from notices import sentences, templates
from notices.documents.legible import legible
from notices.meanings import MEANINGS
from notices.models import NoticeTemplate, NoticeText
from notices.samples import EMPTIEST, LONGEST, sample
from notices.segments import length_of
from notices.states import DECISIONS, Kind
from notices.variables import (
    MAY_BE_EMPTY,
    OF_A_DECISION,
    REQUIRED,
    REQUIRED_IN_SMS,
    SECRETS,
    WITH_SMS,
    allowed,
)

# Parts of a text message that a wording may take with the longest values.
MOST_SEGMENTS = 3
_A_DECISION_NAMES = gettext_lazy(
    "A decision letter names the legal ground, who decided, the remedy, its term and where to file."
)


@transaction.atomic
def draft(
    kind: Kind,
    language: str,
    *,
    subject: str,
    body: str,
    sms: str,
    effective_from_at: datetime,
    by: User,
    at: datetime,
) -> NoticeTemplate:
    """A new version, which nobody has approved yet, with the next number.

    Refuses one without a subject or a text. Safe to repeat: the same words of the same person
    for the same day are one draft.
    """
    words = _words(subject, body, sms)
    versions = NoticeTemplate.objects.filter(kind=kind, language=language)
    # Two people who draft at once get two numbers, one after the other.
    list(versions.select_for_update().order_by("pk"))
    fields = {**words, "effective_from_at": effective_from_at, "drafted_by": by}
    standing = versions.filter(**fields, approved_at=None).first()
    return standing or NoticeTemplate.objects.create(
        kind=kind,
        language=language,
        version=templates.next_version(versions),
        drafted_at=at,
        **fields,
    )


@transaction.atomic
def redraft(
    template: NoticeTemplate,
    *,
    subject: str,
    body: str,
    sms: str,
    effective_from_at: datetime,
    by: User,
    at: datetime,
) -> NoticeTemplate:
    """Change a draft. Whoever changes it becomes its drafter, and cannot approve it.

    Refuses a version that is approved and one that came with the portal, and a text without
    subject or body. Safe to repeat.
    """
    fresh = _locked(template)
    if fresh is None:
        raise Refused(_("This draft was discarded. Draft a new version."))
    _refuse_what_is_no_draft(fresh)
    for name, words in _words(subject, body, sms).items():
        setattr(fresh, name, words)
    fresh.effective_from_at = effective_from_at
    fresh.drafted_by, fresh.drafted_at = by, at
    fresh.save()
    return fresh


@transaction.atomic
def approve(
    template: NoticeTemplate, *, by: User, at: datetime, read: str | None = None
) -> NoticeTemplate:
    """Approve a draft: it is in force from its day, and never changes again.

    Refuses the drafter, a proposal that came with the portal, a draft that changed since it was
    read (`read` is what `fingerprint` said then), and every draft that has `faults`. Safe to
    repeat, and for two people at once: the second finds it approved.
    """
    fresh = _locked(template)
    if fresh is None:
        raise Refused(_("This draft was discarded. There is nothing to approve."))
    if fresh.approved_at is not None:
        return fresh
    _refuse_what_is_no_draft(fresh)
    if one_person.of(by, at).did(fresh.drafted_by_id, fresh.drafted_at):
        raise Refused(_("You drafted this version. Another person approves it."))
    if read is not None and read != fingerprint(fresh):
        raise Refused(_("This draft was changed while you were reading it. Read it again."))
    if found := faults(fresh, at=at):
        raise Refused(" ".join(found))
    fresh.approved_by, fresh.approved_at = by, at
    fresh.save(update_fields=["approved_by", "approved_at"])
    return fresh


@transaction.atomic
def discard(template: NoticeTemplate, *, by: User, at: datetime) -> None:  # noqa: ARG001 - as all verbs
    """Delete a draft. Refuses an approved version, and a proposal that came with the portal.

    Safe to repeat: a draft that is gone stays gone.
    """
    fresh = _locked(template)
    if fresh is None:
        return
    _refuse_what_is_no_draft(fresh)
    fresh.delete()


def fingerprint(template: NoticeTemplate) -> str:
    """Names the words of a version and its day, so that one approves what one has read."""
    day = template.effective_from_at.astimezone(UTC).isoformat()
    words = "\n\n".join([template.subject, template.body, template.sms, day])
    return sha256(words.encode()).hexdigest()


def faults(template: NoticeTemplate, *, at: datetime) -> list[str]:
    """What keeps a version from being approved at that moment, each as a sentence.

    Reads nothing but the version, so that its page can say so before anybody tries.
    """
    if found := unreadable(template):
        return found
    found = [
        *_missing_from_the_letter(template),
        *_missing_from_the_sms(template),
        *_without_glyph(template),
    ]
    if template.effective_from_at < at:
        found.append(
            _(
                "The day from which it would be in force has passed. Change the draft: name a "
                "later day."
            )
        )
    return found


def unreadable(template: NoticeTemplate) -> list[str]:
    """Why no letter can be made of a version, each reason as a sentence."""
    kind, named = template.kind, str(template)
    found = []
    for source, known in (
        (template.subject, allowed(kind) - SECRETS),
        (template.body, allowed(kind)),
        (template.sms, allowed(kind) - SECRETS),
    ):
        try:
            templates.refuse_unreadable(source, known, named=named)
        except Refused as refused:
            found.append(str(refused))
    return found


def _missing_from_the_letter(template: NoticeTemplate) -> list[str]:
    missing = REQUIRED[template.kind] - _always_said(template, template.body)
    of_a_decision = missing & OF_A_DECISION if template.kind in DECISIONS else frozenset()
    found = []
    if of_a_decision:
        found.append(_missing(_A_DECISION_NAMES, of_a_decision))
    if missing - of_a_decision:
        found.append(_missing(_("The text must say more."), missing - of_a_decision))
    written = [_flat(text.body) for text in _samples(template)]
    found += [
        _("This sentence must stand in the text, word for word: “%(sentence)s”")
        % {"sentence": sentence}
        for sentence in sentences.required(template.kind, template.language)
        if not all(sentence in text for text in written)
    ]
    return found


def _missing_from_the_sms(template: NoticeTemplate) -> list[str]:
    if not template.sms:
        is_asked_for = template.kind in WITH_SMS
        return [_("Letters of this kind go by SMS too. Write the SMS.")] if is_asked_for else []
    missing = REQUIRED_IN_SMS - _always_said(template, template.sms)
    found = [_missing(_("The SMS must say more."), missing)] if missing else []
    length = max(length_of(text.sms) for text in _samples(template))
    if length.segments > MOST_SEGMENTS:
        found.append(
            _(
                "The SMS is too long: with long values it has %(signs)d characters in %(segments)d "
                "parts, and may have %(most)d parts. Shorten it."
            )
            % {"signs": length.signs, "segments": length.segments, "most": MOST_SEGMENTS}
        )
    return found


def _without_glyph(template: NoticeTemplate) -> list[str]:
    words = template.subject + template.body
    strange = sorted({sign for sign in words if legible(sign) != sign})
    if not strange:
        return []
    return [
        _("A letter cannot show these characters: %(signs)s. Write it without them.")
        % {"signs": " ".join(f"{sign} (U+{ord(sign):04X})" for sign in strange)}
    ]


def _missing(what: str | Promise, names: Collection[str]) -> str:
    """The sentence that names variables a text lacks, each with what it stands for."""
    listed = "; ".join(f"{{{{ {name} }}}} — {MEANINGS[name]}" for name in sorted(names))
    return f"{what} " + _("Missing: %(missing)s.") % {"missing": listed}


def _always_said(template: NoticeTemplate, source: str) -> set[str]:
    """The variables whose value that text shows, whichever of the values are empty."""
    names = allowed(template.kind)
    filled = {name: f"⟦{name}⟧" for name in names}
    sparse = {**filled, **dict.fromkeys(MAY_BE_EMPTY & names, "")}
    whole, short = (templates.rendered(source, values) for values in (filled, sparse))
    return {
        name
        for name, mark in filled.items()
        if mark in whole and (name in MAY_BE_EMPTY or mark in short)
    }


def _samples(template: NoticeTemplate) -> list[NoticeText]:
    at = template.effective_from_at
    return [sample(template, whose, at=at).notice.text for whose in (LONGEST, EMPTIEST)]


def _flat(text: str) -> str:
    return " ".join(text.split())


def _words(subject: str, body: str, sms: str) -> dict[str, str]:
    """The words as they are kept: lines end in one way, subject and SMS are one line each."""
    words = {
        "subject": _flat(subject),
        "body": body.replace("\r\n", "\n").replace("\t", " ").strip() + "\n",
        "sms": _flat(sms),
    }
    if not words["subject"] or not words["body"].strip():
        raise Refused(_("A letter needs a subject and a text. Write both."))
    return words


def _locked(template: NoticeTemplate) -> NoticeTemplate | None:
    return NoticeTemplate.objects.select_for_update().filter(pk=template.pk).first()


def _refuse_what_is_no_draft(template: NoticeTemplate) -> None:
    if template.approved_at is not None:
        raise Refused(_("This version is approved and never changes. Draft a new version from it."))
    if template.drafted_by_id is None:
        raise Refused(
            _(
                "This version came with the portal, as a proposal beside the ministry's own. To "
                "use it, draft a new version from it."
            )
        )
