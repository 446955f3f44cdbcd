"""The message tool: what it gathers, keeps, refuses and compiles."""

from __future__ import annotations

import gettext
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog

from config.catalogues import files, gather, verdict

TEMPLATE = """{% load i18n %}
<p title="{% translate 'A title' %}">{% blocktranslate trimmed with name=who %}
  Dear {{ name }}
{% endblocktranslate %}</p>
    <div>{% if x %}unmatched ( [ "quote{% endif %}</div>
  {% blocktranslate count n=rows %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}
"""
CODE = """
from django.utils.translation import gettext as _, ngettext, pgettext
_("A sentence.")
ngettext("%(n)d day", "%(n)d days", 1)
pgettext("a month", "May")
"""


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project of its own."""
    (tmp_path / "page.html").write_text(TEMPLATE)
    (tmp_path / "code.py").write_text(CODE)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "code.py").write_text('_("hidden")')
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_code.py").write_text('_("tested")')
    monkeypatch.setattr(files, "ROOT", tmp_path)
    return tmp_path


def translated(language: str, **strings: Any) -> None:
    """Write a catalogue in which the named messages are translated."""
    catalogue = files.update(language, gather.messages(files.ROOT))
    for message in catalogue:
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        if key in strings:
            message.string = strings[key]
    files._write(language, catalogue)


ALL = {
    "A title": "Тақырып",
    "Dear %(name)s": "Құрметті %(name)s",
    "%(n)s row": ("%(n)s жол", "%(n)s жол"),
    "A sentence.": "Сөйлем.",
    "%(n)d day": ("%(n)d күн", "%(n)d күн"),
    "May": "мамыр",
}


class TestGathering:
    def test_finds_what_code_and_templates_show(self, sources: Path) -> None:
        found = {message.id for message in gather.messages(sources) if message.id}
        assert found == {
            "A title",
            "Dear %(name)s",
            ("%(n)s row", "%(n)s rows"),
            "A sentence.",
            ("%(n)d day", "%(n)d days"),
            "May",
        }

    def test_keeps_translations_and_drops_what_is_gone(self, sources: Path) -> None:
        translated("kk", **ALL)
        (sources / "code.py").write_text('_("A new sentence.")')
        catalogue = files.update("kk", gather.messages(sources))
        kept = catalogue.get("A title")
        assert kept
        assert kept.string == "Тақырып"
        assert catalogue.get("A sentence.") is None

    def test_a_second_time_changes_no_byte(self, sources: Path) -> None:
        translated("kk", **ALL)
        before = files.path_of("kk").read_bytes()
        files.update("kk", gather.messages(sources))
        assert files.path_of("kk").read_bytes() == before

    def test_a_line_further_down_changes_no_byte(self, sources: Path) -> None:
        files.update("kk", gather.messages(sources))
        before = files.path_of("kk").read_bytes()
        (sources / "code.py").write_text("\n\n\n" + CODE)
        files.update("kk", gather.messages(sources))
        assert files.path_of("kk").read_bytes() == before


@pytest.mark.usefixtures("sources")
class TestChecking:
    def test_a_whole_catalogue_has_no_fault(self) -> None:
        translated("kk", **ALL)
        assert list(verdict.faults("kk")) == []

    def test_what_is_not_translated_is_named(self) -> None:
        translated("kk", **{**ALL, "A sentence.": ""})
        assert list(verdict.faults("kk")) == ["kk: not translated: A sentence."]

    def test_a_plural_needs_each_of_its_forms(self) -> None:
        translated("kk", **{**ALL, "%(n)d day": ("%(n)d күн", "")})
        assert list(verdict.faults("kk")) == ["kk: not translated: %(n)d day"]

    def test_a_lost_placeholder_is_named(self) -> None:
        translated("kk", **{**ALL, "Dear %(name)s": "Құрметті досым"})
        assert list(verdict.faults("kk")) == ["kk: other placeholders: Dear %(name)s"]

    def test_what_was_never_gathered_is_named(self, sources: Path) -> None:
        translated("kk", **ALL)
        (sources / "code.py").write_text(CODE + '_("A new sentence.")')
        assert list(verdict.faults("kk")) == [
            "kk: not gathered, run update: A new sentence.",
        ]

    def test_a_doubtful_one_is_named(self) -> None:
        translated("kk", **ALL)
        path = files.path_of("kk")
        text = path.read_text().replace('msgid "A title"', '#, fuzzy\nmsgid "A title"')
        path.write_text(text)
        assert list(verdict.faults("kk")) == ["kk: doubtful: A title"]


def test_the_compiled_file_is_what_gettext_reads(sources: Path) -> None:
    translated("kk", **ALL)
    assert files.compile_("kk") == 6
    with files.path_of("kk").with_suffix(".mo").open("rb") as file:
        read = gettext.GNUTranslations(file)
    assert read.gettext("A title") == "Тақырып"
    assert read.ngettext("%(n)d day", "%(n)d days", 5) == "%(n)d күн"
    assert read.pgettext("a month", "May") == "мамыр"


@pytest.mark.parametrize(
    ("language", "forms"),
    [("kk", [(1, 0), (2, 1), (21, 1)]), ("ru", [(1, 0), (21, 0), (3, 1), (5, 2), (11, 2)])],
)
def test_a_plural_form_is_the_languages_own(language: str, forms: list[tuple[int, int]]) -> None:
    rule = gettext.c2py(Catalog(locale=language).plural_expr)
    assert [(number, rule(number)) for number, _ in forms] == forms


def test_every_message_of_the_portal_is_translated() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "config.catalogues", "check"],
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, "Every message is translated.\n")
