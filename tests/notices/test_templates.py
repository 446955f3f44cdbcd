from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from accounts.refusals import Refused
from notices import templates
from notices.models import NoticeTemplate
from notices.sentences import NOT_THE_STATE_REGISTRATION, ONLY_THE_COURT
from notices.states import ADVERSE, Kind
from notices.templates import LANGUAGES
from notices.variables import COMMON, VARIABLES, written_out
from tests.factories.accounts import UserFactory
from tests.factories.notices import VARIABLES as GIVEN

ALL = [(kind, language) for kind in Kind.values for language in LANGUAGES]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(templates.TEXTS, tmp_path / "texts")
    return tmp_path / "texts"


def letter(kind: str, language: str, at: datetime) -> str:
    values = {**written_out(kind, GIVEN, language), **{name: name for name in COMMON}}
    written = templates.in_force(at, kinds=[kind])[kind, language].written(values)
    return f"{written.subject}\n\n{written.body}\n\n{written.sms}"


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "language"), ALL)
def test_every_letter_says_that_it_is_no_state_registration(
    kind: str, language: str, at: datetime
) -> None:
    assert NOT_THE_STATE_REGISTRATION[language] in letter(kind, language, at)


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ADVERSE)
def test_adverse_letters_say_that_only_the_court_decides(
    kind: str, language: str, at: datetime
) -> None:
    assert ONLY_THE_COURT[language] in letter(kind, language, at)


@pytest.mark.parametrize(("kind", "language"), ALL)
def test_every_letter_names_its_sender_first_and_the_page_that_confirms_it(
    kind: str, language: str
) -> None:
    text = (templates.TEXTS / f"{kind}.{language}.txt").read_text()
    if "body" in VARIABLES[kind]:
        assert text.partition("\n\n")[2].startswith("{{ body }}\n\n")
    assert "{{ portal_url }}/verify/" in text.rstrip().rpartition("\n")[2]


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "language"), ALL)
def test_a_written_letter_has_no_gap_and_no_template_left(
    kind: str, language: str, at: datetime
) -> None:
    text = letter(kind, language, at)
    assert "{" not in text
    assert "\n\n\n\n" not in text


@pytest.mark.parametrize(("kind", "language"), ALL)
def test_every_letter_uses_each_variable_of_its_kind(kind: str, language: str) -> None:
    text = (templates.TEXTS / f"{kind}.{language}.txt").read_text()
    assert [name for name in VARIABLES[kind] if f"{{{{ {name} }}}}" not in text] == []


@pytest.mark.django_db
def test_a_fresh_database_has_every_wording_and_loading_again_makes_nothing(
    at: datetime,
) -> None:
    assert NoticeTemplate.objects.count() == len(ALL)
    assert templates.load(at=at) == []


@pytest.mark.django_db
def test_a_changed_file_makes_a_new_version_from_that_moment(folder: Path, at: datetime) -> None:
    file = folder / "reminder.ru.txt"
    file.write_text("Subject: Напоминание\n\nНовый текст.")
    (made,) = templates.load(at=at, folder=folder)
    assert (made.kind, made.language, made.version) == ("reminder", "ru", 2)
    before = templates.in_force(at - timedelta(seconds=1), kinds=["reminder"])
    assert before["reminder", "ru"].template_id != made.pk
    assert templates.in_force(at, kinds=["reminder"])["reminder", "ru"].template_id == made.pk


def changed(folder: Path) -> None:
    """The next release words one reminder anew."""
    (folder / "reminder.ru.txt").write_text("Subject: Иначе\nSMS: Коротко\n\nНовый текст.")


def ministrys_own(at: datetime) -> NoticeTemplate:
    """A version that two people of the ministry wrote, in force from that moment."""
    return NoticeTemplate.objects.create(
        kind="reminder",
        language="ru",
        version=2,
        subject="Своё",
        body="Своё",
        effective_from_at=at,
        approved_at=at,
        drafted_by=UserFactory.create(),
        approved_by=UserFactory.create(),
    )


def wording(at: datetime) -> str:
    return templates.rows_in_force(at).get(kind="reminder", language="ru").subject


@pytest.mark.django_db
def test_a_changed_sms_alone_makes_a_new_version(folder: Path, at: datetime) -> None:
    file = folder / "reminder.ru.txt"
    file.write_text(file.read_text().replace("\nSMS: ", "\nSMS: Иначе. "))
    (made,) = templates.load(at=at, folder=folder)
    assert made.sms.startswith("Иначе. ")
    assert templates.load(at=at, folder=folder) == []


@pytest.mark.django_db
def test_beside_the_ministrys_own_wording_a_changed_file_is_a_proposal(
    folder: Path, at: datetime
) -> None:
    ministrys_own(at)
    changed(folder)
    (made,) = templates.load(at=at + timedelta(days=1), folder=folder)
    assert (made.version, made.approved_at, made.drafted_by) == (3, None, None)
    assert wording(at + timedelta(days=2)) == "Своё"


@pytest.mark.django_db
def test_a_proposal_is_made_once(folder: Path, at: datetime) -> None:
    ministrys_own(at)
    changed(folder)
    assert len(templates.load(at=at, folder=folder)) == 1
    assert templates.load(at=at + timedelta(days=1), folder=folder) == []


@pytest.mark.django_db
def test_beside_the_ministrys_own_wording_an_unchanged_file_makes_nothing(at: datetime) -> None:
    ministrys_own(at)
    assert templates.load(at=at + timedelta(days=1)) == []
    assert wording(at + timedelta(days=2)) == "Своё"


@pytest.mark.django_db
def test_while_the_ministrys_own_wording_waits_for_its_day_a_changed_file_is_in_force(
    folder: Path, at: datetime
) -> None:
    ministrys_own(at + timedelta(days=9))
    changed(folder)
    templates.load(at=at, folder=folder)
    assert wording(at) == "Иначе"
    assert wording(at + timedelta(days=9)) == "Своё"


@pytest.mark.django_db
def test_a_draft_that_nobody_approved_holds_no_changed_file_back(
    folder: Path, at: datetime
) -> None:
    NoticeTemplate.objects.create(
        kind="reminder",
        language="ru",
        version=2,
        subject="Своё",
        body="Своё",
        effective_from_at=at,
        drafted_by=UserFactory.create(),
    )
    changed(folder)
    (made,) = templates.load(at=at, folder=folder)
    assert (made.version, made.approved_at) == (3, at)
    assert wording(at) == "Иначе"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "Subject: Hello\n\n{{ days_left }}",
        "Subject: {{ password }}\n\nText",
        "Subject: Hello\n\n{{ number|upper }}",
        "Subject: Hello\n\n{% if secret %}x{% endif %}",
        "Subject: Hello\n\n{% include 'other' %}",
        "Subject: Hello\n\n{{ number.salt }}",
        "Subject: Hello\nSMS: {{ secret }}\n\nText",
        "Subject: Hello\n\n{% if number %}",
    ],
)
def test_a_text_with_anything_but_its_kinds_variables_is_refused(
    folder: Path, at: datetime, text: str
) -> None:
    (folder / "overdue.kk.txt").write_text(text)
    with pytest.raises(Refused, match=r"overdue\.kk\.txt"):
        templates.load(at=at, folder=folder)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello\n\nText",
        "Subject: Hello",
        "Subject: A\nB\n\nText",
        "Subject: A\nSMS: B\nC\n\nText",
    ],
)
def test_a_text_without_subject_or_body_is_refused(folder: Path, at: datetime, text: str) -> None:
    (folder / "overdue.kk.txt").write_text(text)
    with pytest.raises(Refused, match="Subject"):
        templates.load(at=at, folder=folder)


@pytest.mark.django_db
def test_a_missing_text_is_refused(folder: Path, at: datetime) -> None:
    (folder / "overdue.kk.txt").unlink()
    with pytest.raises(Refused, match="missing"):
        templates.load(at=at, folder=folder)
