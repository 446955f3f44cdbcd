"""docs/screens drawn anew by `make samples`: every wording as its addressee would see it.

Sheets of small pictures: the letters (PDF, all pages) and the e-mails (HTML) of each language with
the longest values, the letters with the emptiest, the text messages with their lengths. Not
collected with the tests: it writes into the checkout. Needs pdftoppm (poppler-utils).
"""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterable
from html import escape
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Browser
from pytest_django import Settings

from notices.states import Kind
from notices.templates import LANGUAGES
from notices.variables import WITH_SMS

FOLDER = Path(settings.BASE_DIR) / "docs" / "screens"
# Dots an inch of a letter's page: 240 pixels wide, as it is shown; in grey, to keep it small.
DOTS = "29"
# As wide as an e-mail program's window.
WIDTH = 640
STYLE = """
body { margin: 16px; background: #d9d8d0; font: 13px sans-serif; width: 1500px; }
main { display: flex; flex-wrap: wrap; gap: 10px; align-items: start; }
figure { margin: 0; } figcaption { padding: 2px 0; } img { display: block; width: 240px; }
table { border-collapse: collapse; background: #fff; } td { border: 1px solid #999; padding: 6px; }
"""


@pytest.mark.django_db
def test_draw(browser: Browser, settings: Settings, tmp_path: Path) -> None:
    settings.PORTAL_URL = "https://portal.example"
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("notices-*"):
        old.unlink()
    call_command("render_samples", str(tmp_path))
    for language in LANGUAGES:
        names = [f"{kind}.{language}.longest" for kind in Kind.values]
        draw(browser, f"letters-{language}", letters(tmp_path, names))
        draw(browser, f"emails-{language}", emails(browser, tmp_path, names))
    emptiest = [f"{kind}.ru.emptiest" for kind in Kind.values]
    draw(browser, "letters-emptiest-ru", letters(tmp_path, emptiest))
    draw(browser, "sms", messages(tmp_path))


def draw(browser: Browser, name: str, parts: Iterable[str]) -> None:
    """One sheet; none where there is nothing to show."""
    shown = list(parts)
    if not shown:
        return
    page = browser.new_page(viewport={"width": 1532, "height": 400})
    page.set_content(f"<style>{STYLE}</style><main>{''.join(shown)}</main>")
    page.screenshot(path=FOLDER / f"notices-{name}.png", full_page=True)
    page.close()


def letters(folder: Path, names: Iterable[str]) -> Iterable[str]:
    for name in names:
        subprocess.run(
            ["pdftoppm", "-gray", "-r", DOTS, "-png", f"{folder / name}.pdf", str(folder / name)],
            check=True,
        )
        for picture in sorted(folder.glob(f"{name}-*.png")):
            yield figure(picture.stem, picture.read_bytes())


def emails(browser: Browser, folder: Path, names: Iterable[str]) -> Iterable[str]:
    """As a mail program shows their HTML."""
    for name in names:
        page = browser.new_page(viewport={"width": WIDTH, "height": 200})
        page.set_content((folder / f"{name}.html").read_text())
        yield figure(name, page.screenshot(full_page=True))
        page.close()


def messages(folder: Path) -> Iterable[str]:
    rows = (
        "".join(
            f"<td>{escape((folder / f'{kind}.{language}.longest.sms').read_text())}</td>"
            for language in LANGUAGES
        )
        for kind in WITH_SMS
    )
    yield "<table>" + "".join(f"<tr>{cells}</tr>" for cells in rows) + "</table>"


def figure(name: str, picture: bytes) -> str:
    source = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    return f'<figure><figcaption>{name}</figcaption><img src="{source}"></figure>'
