"""Is everything there that was asked for?"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from reregistration.checks.finding import Finding
from reregistration.checks.known import Known
from reregistration.sections.table import label_of_part
from reregistration.states import AttachmentKind


def missing(known: Known) -> Iterator[Finding]:
    papers = dict(AttachmentKind.choices)
    for name in known.filing.incomplete:
        yield Finding(
            "missing_paper" if name in papers else "missing_answer",
            _("Missing: %(part)s.") % {"part": papers.get(name) or label_of_part(name)},
            _("It was submitted as it is. That protects; return it for what is missing."),
            _("what the form asks for"),
        )


CHECKS = (missing,)
