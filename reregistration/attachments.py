"""What an organisation does with the papers of its draft: attach one, say why there is none,
take one away."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from registry.models import StoredFile
from reregistration.models import Attachment, Filing
from reregistration.states import AttachmentKind, FilingKind, FilingState


@transaction.atomic
def attach(
    draft: Filing, kind: AttachmentKind, stored: StoredFile, *, by: User, at: datetime
) -> Attachment:
    """Attach a kept file; a reason given before for that kind goes.

    Refuses when the filing is submitted or has as many papers as it may. Safe to repeat: the same
    content for the same kind is attached once, so a second click gets the first one's row.
    """
    filing = _lock(draft)
    papers = filing.attachments.filter(file__isnull=False)
    same = papers.filter(kind=kind, file__sha256=stored.sha256).first()
    if same:
        return same
    if papers.count() >= settings.UPLOADS_AT_MOST:
        raise Refused(
            _("A filing has %(most)s files at most. Remove one, or put pages into one PDF.")
            % {"most": settings.UPLOADS_AT_MOST}
        )
    filing.attachments.filter(kind=kind, file__isnull=True).delete()
    return Attachment.objects.create(filing=filing, kind=kind, file=stored, by=by, at=at)


@transaction.atomic
def say_why_not(
    draft: Filing, kind: AttachmentKind, reason: str, *, by: User, at: datetime
) -> Attachment:
    """Say why a kind of paper is absent, in place of what was said before.

    Refuses when the filing is submitted, nothing is said, or such a paper is attached. Safe to
    repeat: there is one reason a kind.
    """
    filing = _lock(draft)
    said = reason.strip()
    if not said:
        raise Refused(_("Write in a few words why you have no such paper."))
    if filing.attachments.filter(kind=kind, file__isnull=False).exists():
        raise Refused(_("Such a paper is attached already. Remove it to say that there is none."))
    row, _made = Attachment.objects.update_or_create(
        filing=filing, kind=kind, file=None, defaults={"absent_reason": said, "by": by, "at": at}
    )
    return row


@transaction.atomic
def remove(draft: Filing, attachment_id: int) -> bool:
    """Take a paper or a reason off a draft; True if it was there. Refuses when the filing is
    submitted. Safe to repeat. The file itself goes with `remove_orphan_files`, unless another
    version has it."""
    filing = _lock(draft)
    count, _rows = filing.attachments.filter(pk=attachment_id).delete()
    return count > 0


def carry_over(former: Filing, draft: Filing) -> None:
    """Give a new draft the papers and reasons of the version before it: the same files, with the
    moment at which they came. Called once, in the transaction that makes the draft."""
    Attachment.objects.bulk_create(
        Attachment(
            filing=draft,
            kind=row.kind,
            file_id=row.file_id,
            absent_reason=row.absent_reason,
            by_id=row.by_id,
            at=row.at,
        )
        for row in former.attachments.all()
    )


def asked(filing: Filing) -> list[AttachmentKind]:
    """The kinds that the campaign asks for: none of a short form, nor of an organisation that
    says it has closed or is no NGO."""
    if filing.kind != FilingKind.DETAILS or filing.is_short:
        return []
    return [AttachmentKind(kind) for kind in filing.obligation.campaign.attachment_kinds]


def missing(filing: Filing) -> list[str]:
    """The kinds asked for of which there is neither a paper nor a reason. It may be submitted all
    the same: filed, incomplete, protects."""
    given = set(filing.attachments.values_list("kind", flat=True))
    return [kind.value for kind in asked(filing) if kind.value not in given]


def frozen(filing: Filing) -> list[dict[str, str]]:
    """The papers as the fingerprint covers them: kind with the file's SHA-256, or the reason."""
    # By the key: a filing that is not saved yet has none.
    rows = Attachment.objects.filter(filing_id=filing.pk).values_list(
        "kind", "file__sha256", "absent_reason"
    )
    return [
        {"kind": kind, "sha256": sha256} if sha256 else {"kind": kind, "absent_reason": reason}
        for kind, sha256, reason in sorted(rows, key=lambda row: (row[0], row[1] or ""))
    ]


def _lock(draft: Filing) -> Filing:
    filing = Filing.objects.select_for_update(no_key=True).get(pk=draft.pk)
    if filing.state != FilingState.DRAFT:
        raise Refused(
            _("This filing was submitted: its papers stay as they are. Send a corrected version.")
        )
    return filing
