"""How much processor time does a document take? As a ratio to its limit; below 1 is good.

    .venv/bin/python -m benchmarks.documents

Needs no database. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from time import process_time

import django

LIMIT_MS = 30.0
COUNT = 50


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    worst = max(_measured(name, make) for name, make in _documents().items())
    sys.exit(worst > 1)


def _measured(name: str, make: Callable[[int], bytes]) -> float:
    make(0)
    began = process_time()
    for serial in range(COUNT):
        make(serial)
    took = (process_time() - began) * 1000 / COUNT
    sys.stdout.write(f"{name}: {took:.1f} ms, {took / LIMIT_MS:.2f} of the limit\n")
    return took / LIMIT_MS


def _documents() -> dict[str, Callable[[int], bytes]]:
    # Django's models can be imported only once it is set up.
    from notices.documents import notice_pdf
    from notices.models import IssuedDocument, Notice, NoticeText
    from reregistration import documents

    spoken = ("name", "body", "campaign", "legal_base")
    names = [*(f"{name}_kk" for name in spoken), "name_ru", "organisation", "bin", "filing"]
    text = "Министрлік\n\n" + "\n\n".join(["Қайта тіркеу мерзімі таяп қалды. " * 8] * 8)

    def notice(serial: int) -> bytes:
        row = Notice(
            number=f"N-{serial:07d}", language="kk", made_at=datetime(2026, 9, 1, tzinfo=UTC)
        )
        row.text = NoticeText(subject="Хабарлама", body=text)
        return notice_pdf(row)

    def certificate(serial: int) -> bytes:
        facts = dict.fromkeys(names, "«Үміт» қоғамдық қоры")
        row = IssuedDocument(
            number=f"C-{serial:07d}", issued_on=date(2026, 9, 1), sha256="0" * 64, facts=facts
        )
        return documents.certificate(row, "kk")

    return {"notice": notice, "certificate": certificate}


if __name__ == "__main__":
    main()
