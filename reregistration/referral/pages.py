"""The pages of a referral file: its content, as the template `referral.typ` lays it out.

Parts of headings and blocks; a block is a table of facts, a table with a heading row, paragraphs,
a note, or a letter as it was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from notices.documents import parts_of
from notices.variables import date_in, moment_in

Block = dict[str, Any]
Said = Mapping[str, Any]


def pages(said: Said, *, fingerprint: str) -> dict[str, Any]:
    """What the template asks for beside the letterhead; `fingerprint` is that of the content."""
    return {
        "foot_fingerprint": fingerprint,
        "addressee_label": _("To"),
        "addressee": [said["receiving_body"]["name"], said["receiving_body"]["address"]],
        "about": _about(said),
        "only_the_court": said["says"],
        "contents_title": _("Contents"),
        "parts": [
            {"title": f"{number}. {title}", "blocks": list(blocks)}
            for number, (title, blocks) in enumerate(_parts(said, fingerprint), start=1)
        ],
    }


def _parts(said: Said, fingerprint: str) -> Iterator[tuple[str, Iterable[Block]]]:
    yield _("Legal ground and what it asks for"), _ground(said)
    yield _("List of evidence"), _evidence(said)
    yield _("The organisation"), _organisation(said)
    yield _("What happened, in order of time"), _chronology(said)
    yield _("The mark and what it rests on"), _mark(said)
    yield _("Notices: text, addresses, proof of service"), _notices(said)
    yield _("Objections, wishes to be heard, complaints"), _answers(said)
    yield _("Lines in the ledger"), _ledger(said)
    yield _("Files inside this PDF"), _files(said, fingerprint)


def _facts(*rows: tuple[str, str | None]) -> Block:
    return {"is": "facts", "rows": [(label, value or "—") for label, value in rows]}


def _table(heads: Sequence[str], widths: Sequence[str], rows: Sequence[Sequence[Any]]) -> Block:
    return {"is": "table", "heads": heads, "widths": widths, "rows": rows}


def _paragraph(text: str) -> Block:
    return {"is": "paragraph", "text": text}


def _note(text: str) -> Block:
    return {"is": "note", "text": text}


def _date(said: Said, iso: str | None) -> str:
    return date_in(said["language"], iso) if iso else "—"


def _moment(said: Said, iso: str | None) -> str:
    """A moment to the second; a day where no more is known."""
    if iso is None or "T" not in iso:
        return _date(said, iso)
    return moment_in(said["language"], iso)


def _about(said: Said) -> list[tuple[str, str]]:
    organisation = said["organisation"]
    return [
        (_("Organisation"), _own_name(said)),
        (_("Register number"), organisation["number"]),
        (_("BIN"), organisation["bin"] or _("none in the register")),
        (_("Seat"), organisation["seat"]),
        (_("Legal ground"), said["ground"]["article"]),
        (_("Campaign"), said["campaign"]["name"]),
        (_("Prepared by"), said["prepared_by"]),
    ]


def _own_name(said: Said) -> str:
    organisation = said["organisation"]
    return str(organisation[f"name_{said['language']}"] or organisation["name_ru"])


def _ground(said: Said) -> Iterator[Block]:
    ground = said["ground"]
    yield _facts(
        (_("Ground"), ground["name"]),
        (_("Article of law"), ground["article"]),
        (_("In force from"), _date(said, ground["in_force_from"])),
    )
    yield _table(
        [_("What the ground asks for"), _("Evidence No."), _("Days of the facts")],
        ["1fr", "24%", "30%"],
        [
            (
                demand["words"],
                ", ".join(map(str, demand["met_by"])),
                ", ".join(_date(said, on) for on in sorted(set(demand["days"]))),
            )
            for demand in ground["demands"]
        ],
    )


def _evidence(said: Said) -> Iterator[Block]:
    rows = said["evidence"]
    if not rows:
        yield _paragraph(_("none"))
        return
    yield _table(
        [_("No."), _("Evidence"), _("Day"), _("Attached file")],
        ["8%", "1fr", "25%", "24%"],
        [
            (
                str(row["number"]),
                [
                    row["kind_label"],
                    row["address"],
                    row["words"],
                    _of_notice(row["notice"]),
                    row["source"],
                ],
                _date(said, row["on"]),
                row["paper"]["attached_as"] if row["paper"] else "—",
            )
            for row in rows
        ],
    )


def _of_notice(number: str) -> str:
    return _("Notice %(number)s") % {"number": number} if number else ""


def _organisation(said: Said) -> Iterator[Block]:
    row = said["organisation"]
    yield _facts(
        (_("Name in Kazakh"), row["name_kk"]),
        (_("Name in Russian"), row["name_ru"]),
        (_("Register number"), row["number"]),
        (_("BIN"), row["bin"] or _("none in the register")),
        (_("Legal form"), row["legal_form"]),
        (_("Legal status"), row["legal_status_label"]),
        (_("Date of state registration"), _date(said, row["registered_on"])),
        (_("Seat"), row["seat"]),
        (_("Head"), row["head_name"]),
        (_("Facts as of"), _date(said, row["facts_as_of"])),
        (_("Newest extract that names it"), _date(said, row["extract_as_of"])),
    )
    campaign, duty = said["campaign"], said["obligation"]
    yield _facts(
        (_("Campaign"), campaign["name"]),
        (_("Authorised body"), campaign["body"]),
        (_("Legal base"), campaign["legal_base"]),
        (_("Due date of the campaign"), _date(said, campaign["due_on"])),
        (_("Effective due date"), _date(said, duty["due_on"])),
        (capfirst(_("days of extension")), str(duty["extended_days"])),
        (capfirst(_("days held")), str(duty["held_days"])),
        (_("State"), duty["state_label"]),
    )


def _chronology(said: Said) -> Iterator[Block]:
    yield _table(
        [_("Moment"), _("What happened")],
        ["40%", "1fr"],
        [
            (_moment(said, line["at"]), [line["what"], line["detail"]])
            for line in said["chronology"]
        ],
    )


def _mark(said: Said) -> Iterator[Block]:
    mark, facts = said["mark"], said["mark"]["facts"]
    yield _note(
        _(
            "A mark names a candidate for going to court. It changes nothing in the rights of the "
            "organisation: only the court decides."
        )
    )
    yield _facts(
        (_("Marked"), _moment(said, mark["at"])),
        (_("Round of marking"), str(mark["round"])),
        (_("Drafted"), _by_whom(said, mark, "drafted")),
        (_("Signed first"), _by_whom(said, mark, "first_signed")),
        (_("Signed second"), _by_whom(said, mark, "second_signed")),
        (_("Final warning"), _served(said, mark["final_warning"])),
        (_("Preliminary decision"), _served(said, mark["preliminary_decision"])),
        (_("Due date on that day"), _date(said, facts["due_on"])),
    )
    yield _table(
        [_("Conditions of the rule, each of which held at that moment")],
        ["1fr"],
        [(condition["label"],) for condition in mark["conditions"]],
    )


def _by_whom(said: Said, mark: Said, what: str) -> str:
    return f"{mark[f'{what}_by']}, {_moment(said, mark[f'{what}_at'])}"


def _served(said: Said, proof: Said) -> str:
    return _("notice %(number)s, served %(at)s: %(proof)s") % {
        "number": proof["notice"],
        "at": _moment(said, proof["served_at"]),
        "proof": proof["ground_label"],
    }


def _notices(said: Said) -> Iterator[Block]:
    if not said["notices"]:
        yield _paragraph(_("none"))
    for row in said["notices"]:
        sender, body = parts_of(row["body"])
        yield {
            "is": "letter",
            "title": f"{row['number']}. {capfirst(row['kind_label'])}",
            "rows": [
                (_("Made"), _moment(said, row["made_at"])),
                *((_("Sent"), _sending(said, sent)) for sent in row["dispatches"]),
                *((_("Served"), _proof(said, proof)) for proof in row["services"]),
                *([] if row["services"] else [(_("Served"), _("nothing proves it"))]),
            ],
            "language": row["language"],
            "sender": sender,
            "subject": row["subject"],
            "paragraphs": [part.split("\n") for part in body.split("\n\n") if part.strip()],
        }


def _sending(said: Said, sent: Said) -> str:
    parts = [
        f"{capfirst(sent['channel_label'])}: {sent['address']}",
        sent["state_label"],
        _moment(said, sent["sent_at"]) if sent["sent_at"] else "",
        sent["failure"],
    ]
    return "; ".join(part for part in parts if part)


def _proof(said: Said, proof: Said) -> str:
    parts = [_moment(said, proof["served_at"]), proof["ground_label"], proof["receipt_file"]]
    return "; ".join(part for part in parts if part)


def _answers(said: Said) -> Iterator[Block]:
    if not said["answers"]:
        yield _paragraph(_("The organisation has sent in none."))
    for row in said["answers"]:
        yield {"is": "heading", "text": f"{row['number']}. {capfirst(row['kind_label'])}"}
        yield _facts(
            (_("Received"), _moment(said, row["received_at"])),
            (_("Text"), row["text"]),
            (_("Outcome"), row["outcome_label"]),
            (_("Decision and its reasons"), row["decision"]),
            (_("Decided by"), f"{row['decided_by']}, {_moment(said, row['decided_at'])}"),
        )


def _ledger(said: Said) -> Iterator[Block]:
    rows = said["ledger"]
    sealed = sum(1 for row in rows if row["proof"])
    yield _paragraph(
        _(
            "Each row that this file rests on is a line of the ledger. A public seal is put on it "
            "in the night after it was written; %(sealed)d of %(rows)d lines are sealed. The lines "
            "and their proofs are in the attached file %(name)s. Anybody can check them with the "
            "published seals."
        )
        % {"sealed": sealed, "rows": len(rows), "name": f"{said['number']}.json"}
    )
    yield _table(
        [_("Line"), _("Leaf (SHA-256)"), _("Seal")],
        ["30%", "1fr", "11%"],
        [
            (
                row["label"],
                {"mono": row["leaf"]},
                str(row["proof"]["seal"]["number"]) if row["proof"] else "—",
            )
            for row in rows
        ],
    )


def _files(said: Said, fingerprint: str) -> Iterator[Block]:
    papers = [row for row in said["evidence"] if row["paper"]]
    yield _table(
        [_("File"), _("Fingerprint (SHA-256)")],
        ["1fr", "64%"],
        [
            (f"{said['number']}.json", {"mono": fingerprint}),
            *((row["paper"]["attached_as"], {"mono": row["paper"]["sha256"]}) for row in papers),
        ],
    )
    yield _paragraph(
        _(
            "The fingerprint at the foot of each page is that of the file %(name)s. It says all "
            "that these pages say."
        )
        % {"name": f"{said['number']}.json"}
    )
