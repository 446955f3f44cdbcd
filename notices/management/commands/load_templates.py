"""manage.py load_templates: changed letter texts become new versions."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.refusals import Refused
from notices import templates


class Command(BaseCommand):
    help = "Load notices/texts; each changed file becomes a new version, or a proposal of one."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = templates.load(at=timezone.now())
        except Refused as refused:
            raise CommandError(str(refused)) from None
        for template in made:
            is_proposal = template.approved_at is None
            self.stdout.write(
                f"{template.kind}/{template.language}: version {template.version}, "
                + ("a proposal beside the ministry's own" if is_proposal else "in force from now")
            )
        proposals = sum(template.approved_at is None for template in made)
        self.stdout.write(f"{len(made)} new versions, {proposals} of them proposals.")
