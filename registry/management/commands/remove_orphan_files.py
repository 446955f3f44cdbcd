"""manage.py remove_orphan_files [--commit]"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, no_translations
from django.utils import timezone

from registry import orphans


class Command(BaseCommand):
    help = (
        "Removes uploads that nothing refers to: drafts' removed attachments, files whose request "
        "failed. Only those older than a day. Says what it would do; with --commit does it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--commit", action="store_true", help="remove; else nothing is removed")

    @no_translations
    def handle(self, *_args: Any, **options: Any) -> None:
        counts = orphans.remove(at=timezone.now(), commit=options["commit"])
        self.stdout.write(f"rows that nothing refers to  {counts.rows:>8}")
        self.stdout.write(f"files without a row          {counts.files:>8}")
        self.stdout.write(f"bytes of those with a row    {counts.size:>8}")
        self.stdout.write("Removed." if options["commit"] else "Nothing was removed: try --commit.")
