"""manage.py render_samples: every wording in every form, to be looked at before it is sent."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from notices import email_html, emails, templates
from notices.documents import notice_pdf
from notices.models import NoticeTemplate
from notices.samples import EMPTIEST, LONGEST, Whose, sample
from notices.segments import length_of
from registry.calendar import ALMATY

SAMPLES = {"longest": LONGEST, "emptiest": EMPTIEST}
# The same at every run: what differs between two of them is the wording.
DATED = datetime(2026, 9, 15, 12, 0, tzinfo=ALMATY)


class Command(BaseCommand):
    help = "Write each wording in force as e-mail, letter and SMS into a folder; sends nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        written = sum(
            _write(folder / f"{row.kind}.{row.language}.{name}", row, whose)
            for row in templates.rows_in_force(timezone.now())
            for name, whose in SAMPLES.items()
        )
        self.stdout.write(f"{written} files in {folder}.")


def _write(stem: Path, row: NoticeTemplate, whose: Whose) -> int:
    """The forms of one letter, each in a file beside the others; returns how many."""
    dispatch = sample(row, whose, at=DATED)
    message = emails.compose(dispatch)
    files = {
        "txt": f"{message.subject}\n\n{message.body}".encode(),
        "html": email_html.as_shown(message).encode(),
        "pdf": notice_pdf(dispatch.notice),
    }
    if sms := dispatch.notice.text.sms:
        length = length_of(sms)
        files["sms"] = f"{sms}\n\ncharacters: {length.signs}, parts: {length.segments}\n".encode()
    for ending, content in files.items():
        stem.with_name(f"{stem.name}.{ending}").write_bytes(content)
    return len(files)
