"""Which public awards?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from registry.models import Organisation

if TYPE_CHECKING:
    from public.models import PublicAward  # noqa: F401 - names the rows below


class PublicAwardQuerySet(models.QuerySet["PublicAward"]):
    def counted(self) -> PublicAwardQuerySet:
        """Those whose amount is stated in tenge: what totals add up."""
        return self.filter(amount__isnull=False, currency="KZT")

    def search(self, text: str) -> PublicAwardQuerySet:
        """By the recipient as the register is searched, by the title, or by the award's number."""
        words = text.strip()
        if not re.search(r"\w", words):
            return self
        found = Organisation.objects.search(words)
        return self.filter(
            Q(organisation__in=found.values("pk"))
            | Q(recorded__in=found.values("pk"))
            | Q(title__icontains=words)
            | Q(recipient_name__icontains=words)
            | Q(identifier__iexact=words)
        )
