"""The referral file of one obligation: who may have one, its making, and its dropping."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from notices import addresses
from notices.documents import Attached, letterhead, render
from notices.models import IssuedDocument
from notices.states import DocumentKind
from registry import uploads
from registry.calendar import day_of
from registry.file_types import CONTENT_TYPES, FileType
from registry.models import StoredFile
from registry.sequences import next_numbers
from reregistration import appeals, obligations
from reregistration.marking import rule
from reregistration.models import LegalGround, Mark, Obligation, ReceivingBody, Referral
from reregistration.referral import demands, evidence, grounds, lines
from reregistration.referral.content import Asked, answers_of, content
from reregistration.referral.demands import Case
from reregistration.referral.exhibits import Exhibit, exhibits_of
from reregistration.referral.pages import pages
from reregistration.states import LIVE_REFERRALS, REFERRAL_ALLOWED, ReferralState, State, Track

# What a mail server, or a court's own portal, takes at most.
LARGEST = 100 * 1024 * 1024
# Conditions of the marking rule that must hold still; the others spoke of the way to the mark.
_STILL = frozenset(
    {
        "in_scope",
        "in_newest_extract",
        "never_filed",
        "no_draft",
        "no_claim",
        "no_sign_of_life",
        "no_objection_upheld",
        "no_hearing_upheld",
        "no_objection",
        "no_complaint",
        "no_hearing",
        "not_found_wrong",
        "no_hold",
    }
)


def reasons_against(obligation: Obligation, ground: LegalGround, on: date) -> list[str]:
    """Why no file may be made of the obligation, on that ground, that day, in sentences.

    None means that one may. The schedule asks again of each line before it is signed and sent.
    """
    case = demands.case_of(obligation)
    return [*_against_any(obligation, on), *_against_ground(case, ground, on)]


def _against_any(obligation: Obligation, on: date) -> list[str]:
    if obligation.state != State.MARKED or mark_of(obligation) is None:
        return [
            _("No mark stands: the organisation is “%(state)s” now.")
            % {"state": obligation.get_state_display()}
        ]
    against = rule.reasons_against(obligation, on)
    return [
        *_of_term(obligation, on),
        *(str(condition.sentence) for condition in against if condition.code in _STILL),
    ]


def _of_term(obligation: Obligation, on: date) -> list[str]:
    ends_on = appeals.complaint_term_ends_on(obligation)
    if ends_on is None:
        return [_("Nothing proves that the notice of the mark was served: no term runs.")]
    if on <= ends_on:
        return [
            _("The term for a complaint ends on %(day)s.") % {"day": date_format(ends_on)},
        ]
    return []


def _against_ground(case: Case, ground: LegalGround, on: date) -> list[str]:
    if ground.track != Track.COURT:
        return [_("This ground leads to the administrative track and never to the court.")]
    if not ground.is_in_force(on):
        return [_("This ground is not in force on that day.")]
    if not grounds.suits(ground, case):
        return [grounds.way_in(case, grounds.in_force(on)).why]
    return [sentence for one in demands.demands_in(case, ground) for sentence in one.missing]


def mark_of(obligation: Obligation) -> Mark | None:
    """The mark that stands in the obligation's present cycle."""
    return (
        obligation.marks.filter(cycle=obligation.cycle, reversal__isnull=True)
        .select_related(
            "round__drafted_by",
            "round__first_signed_by",
            "round__second_signed_by",
            *(
                f"{name}_service__{what}"
                for name in ("warning", "decision")
                for what in ("notice", "dispatch", "receipt_file")
            ),
        )
        .first()
    )


@transaction.atomic
def prepare(
    obligation: Obligation,
    *,
    ground: LegalGround,
    body: ReceivingBody,
    by: User,
    at: datetime,
    language: str = "",
) -> Referral:
    """Make the referral file: PDF and JSON, both kept byte for byte, with every paper inside.

    Refuses, under the organisation's and the obligation's lock, as long as anything is missing or
    open (`reasons_against`), a body that is not in charge there, and papers that are lost, changed
    or too large. In the language of the organisation's letters unless told otherwise. Safe to
    repeat: the live file on the same ground is returned; on another it has to be dropped first.
    """
    # Nobody replaces an entry of the log while the file is made of it.
    evidence.lock(obligation.organisation)
    row = obligations.lock(obligation.pk)
    live = row.referrals.filter(state__in=LIVE_REFERRALS).first()
    if live and (live.ground_id, live.receiving_body_id) == (ground.pk, body.pk):
        return live
    if live:
        raise Refused(
            _("The file %(number)s of this organisation is live. Drop it first.") % {"number": live}
        )
    on = day_of(at)
    _refuse_the_unready(row, ground, body, on)
    mark = mark_of(row)
    assert mark is not None  # noqa: S101 - the unready are refused
    case = demands.case_of(row)
    # Before the language of the file: what it refuses is read by whoever prepares it.
    papers = _papers(case, ground)
    language = language or addresses.lines_of([row.organisation])[row.organisation_id].language
    with translation.override(language):
        asked = Asked(
            number=f"D-{next_numbers('referral_number')[0]:07d}",
            case=case,
            mark=mark,
            ground=ground,
            demands=demands.demands_in(case, ground),
            body=body,
            language=language,
            by=by,
            at=at,
        )
        return _keep(asked, *_made(asked, papers))


def _refuse_the_unready(
    row: Obligation, ground: LegalGround, body: ReceivingBody, on: date
) -> None:
    against = reasons_against(row, ground, on)
    if not body.is_in_charge(row.organisation.region_id, on):
        against.append(_("This body takes no files from that region on that day."))
    if against:
        raise Refused(" ".join(against))


def _papers(case: Case, ground: LegalGround) -> dict[int, bytes]:
    """Every paper of the file by its key, as it was logged, to the byte."""
    exhibits = exhibits_of(case, demands.demands_in(case, ground), answers_of(case.obligation))
    papers = {row.paper.pk: _read(row.paper) for row in exhibits if row.paper}
    if sum(map(len, papers.values())) > LARGEST:
        raise Refused(
            _("The papers come to more than %(megabytes)d MB. Replace large scans by smaller ones.")
            % {"megabytes": LARGEST // 1024**2}
        )
    return papers


def _read(paper: StoredFile) -> bytes:
    try:
        held = uploads.read(paper)
    except FileNotFoundError:
        held = b""
    if hashlib.sha256(held).hexdigest() != paper.sha256:
        raise Refused(
            _("The paper “%(name)s” is lost or changed. Tell the operator: a backup holds it.")
            % {"name": paper.name}
        )
    return held


def _made(asked: Asked, papers: Mapping[int, bytes]) -> tuple[bytes, bytes]:
    """The PDF and the JSON."""
    exhibits = exhibits_of(asked.case, asked.demands, answers_of(asked.obligation))
    said = content(asked, exhibits)
    told = canonical(said)
    attached = [_attached(row, row.paper, papers[row.paper.pk]) for row in exhibits if row.paper]
    head = letterhead(
        language=asked.language,
        title=_("Referral file"),
        number=asked.number,
        issued_on=day_of(asked.at),
        issuer=asked.obligation.campaign.body,
    )
    inside = Attached(
        f"{asked.number}.json", told, CONTENT_TYPES[FileType.JSON], _("All that these pages say")
    )
    pdf = render(
        "referral",
        {**head, **pages(said, fingerprint=hashlib.sha256(told).hexdigest())},
        at=asked.at,
        files=[inside, *attached],
    )
    return pdf, told


def canonical(said: Mapping[str, Any]) -> bytes:
    """The content as JSON in UTF-8, keys sorted, no spaces: what the fingerprint is over."""
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _attached(row: Exhibit, paper: StoredFile, held: bytes) -> Attached:
    describes = _("Evidence %(number)d: %(what)s") % {
        "number": row.number,
        "what": row.kind_label,
    }
    media_type = CONTENT_TYPES[FileType(paper.kind)]
    return Attached(row.attached_as, held, media_type, describes, "supplement")


def _keep(asked: Asked, pdf: bytes, told: bytes) -> Referral:
    kept = {
        kind: uploads.keep(
            held, name=f"{asked.number}.{kind.value}", kind=kind, by=asked.by, at=asked.at
        )
        for kind, held in ((FileType.PDF, pdf), (FileType.JSON, told))
    }
    document = IssuedDocument.objects.create(
        number=asked.number,
        kind=DocumentKind.REFERRAL,
        organisation=asked.obligation.organisation,
        issued_on=day_of(asked.at),
        sha256=kept[FileType.JSON].sha256,
        source=f"referral:{asked.number}",
    )
    return Referral.objects.create(
        number=asked.number,
        obligation=asked.obligation,
        cycle=asked.obligation.cycle,
        mark=asked.mark,
        ground=asked.ground,
        receiving_body=asked.body,
        document=document,
        file=kept[FileType.PDF],
        sha256=kept[FileType.PDF].sha256,
        content=kept[FileType.JSON],
        content_sha256=kept[FileType.JSON].sha256,
        prepared_by=asked.by,
        prepared_at=asked.at,
    )


@transaction.atomic
def drop(referral: Referral, *, by: User | None, at: datetime, reason: str) -> Referral:
    """Drop a file that was not sent, and strike it out of its schedule; another can then be
    prepared. `by` is None where the organisation's own step drops it.

    Refuses without a reason, and a file that was sent. Safe to repeat: a dropped one stays so.
    """
    obligations.lock(referral.obligation_id)
    fresh: Referral = Referral.objects.select_for_update(of=("self",), no_key=True).get(
        pk=referral.pk
    )
    if fresh.state == ReferralState.DROPPED:
        return fresh
    if ReferralState.DROPPED not in REFERRAL_ALLOWED[fresh.state]:
        raise Refused(
            _("The file %(number)s is “%(state)s” now: it cannot be dropped.")
            % {"number": fresh, "state": fresh.get_state_display()}
        )
    if not reason.strip():
        raise Refused(_("Say why the file is dropped: the reason is kept."))
    lines.strike_out_of_its_schedule(fresh, by=by, at=at, reason=reason.strip())
    fresh.state, fresh.ended_at = ReferralState.DROPPED, at
    fresh.end_reason, fresh.ended_by = reason.strip(), by
    fresh.save(update_fields=["state", "ended_at", "end_reason", "ended_by"])
    return fresh


def live_of(obligation_ids: Iterable[int]) -> dict[int, Referral]:
    """The live file of each obligation that has one, by the obligation's key. One query."""
    rows = Referral.objects.filter(
        obligation__in=list(obligation_ids), state__in=LIVE_REFERRALS
    ).select_related("ground", "receiving_body")
    return {row.obligation_id: row for row in rows}
