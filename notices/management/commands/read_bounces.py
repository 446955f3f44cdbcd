"""manage.py read_bounces: what came back to the bounce mailbox.

Exit codes: 0 the mailbox was read; 1 it could not be reached; 2 no mailbox is set.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from imap_tools import ImapToolsError

from notices import mailbox
from notices.bounces import Verdict


class Command(BaseCommand):
    help = "Read the messages that nobody has seen in the mailbox that BOUNCE_IMAP_HOST names."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        if not mailbox.is_set():
            raise CommandError(
                "No bounce mailbox is set: give BOUNCE_IMAP_HOST, or let the provider report.",
                returncode=2,
            )
        try:
            counts = mailbox.read_new(at=at)
        except (OSError, ImapToolsError) as error:
            raise CommandError(f"The bounce mailbox could not be read: {error}") from None
        for verdict in Verdict:
            self.stdout.write(f"{verdict.value:<16}{counts[verdict]:>6}")
        self.stdout.write("Done.")
