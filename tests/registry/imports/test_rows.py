from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation

from registry.bin import check_digit
from registry.facts import ExtractFacts
from registry.imports.files import Row
from registry.imports.reasons import Reason, RowRefused
from registry.imports.rows import Codes, judge
from registry.states import LegalStatus, Quality
from tests.factories.extracts import row

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 6, 30)
IIN = f"85010130000{check_digit('85010130000')}"


def judged(**cells: str) -> ExtractFacts:
    return judge(Row(2, row() | cells, is_whole=True), Codes.read(), AS_OF)


def refusal_of(**cells: str) -> RowRefused:
    with translation.override("en"), pytest.raises(RowRefused) as caught:
        judged(**cells)
    return caught.value


@pytest.mark.parametrize(
    ("cells", "reason", "words"),
    [
        ({"bin": "06094013322"}, Reason.BIN, "exactly 12 digits"),
        ({"bin": "060940133224"}, Reason.BIN, "last digit"),
        ({"bin": IIN}, Reason.BIN, "personal number"),
        ({"name_ru": " "}, Reason.NAME, "no name"),
        ({"legal_form": "ТОО"}, Reason.LEGAL_FORM, "«ТОО»"),
        ({"status": "???"}, Reason.STATUS, "«???»"),
        ({"place": "999999999"}, Reason.PLACE, "«999999999»"),
        ({"place": "99"}, Reason.PLACE, "KATO"),
        ({"registered_on": "01.07.2026"}, Reason.REGISTERED_ON, "after the day"),
        ({"registered_on": "??"}, Reason.REGISTERED_ON, "dd.mm.yyyy"),
        ({"employees": "двое"}, Reason.EMPLOYEES, "«двое»"),
        ({"as_of_on": "30.09.2026"}, Reason.AS_OF, "its own day"),
        ({"as_of_on": ""}, Reason.AS_OF, "its own day"),
    ],
)
def test_a_bad_row_gets_a_reason_and_a_sentence(
    cells: dict[str, str], reason: Reason, words: str
) -> None:
    refusal = refusal_of(**cells)
    assert refusal.reason == reason
    assert words in refusal.sentence


def test_a_row_with_too_few_cells_is_refused() -> None:
    with pytest.raises(RowRefused) as caught:
        judge(Row(2, row(), is_whole=False), Codes.read(), AS_OF)
    assert caught.value.reason == Reason.SHAPE


@pytest.mark.parametrize(
    ("wording", "status"),
    [
        ("Действующее", LegalStatus.ACTIVE),
        ("Бездействующее", LegalStatus.INACTIVE),
        ("Деятельность приостановлена", LegalStatus.SUSPENDED),
        ("В стадии ликвидации", LegalStatus.IN_LIQUIDATION),
        ("Ликвидировано", LegalStatus.LIQUIDATED),
    ],
)
def test_each_wording_of_the_status_is_known(wording: str, status: LegalStatus) -> None:
    assert judged(status=wording).status == status


@pytest.mark.parametrize(
    ("wording", "code"),
    [
        ("Объединение юридических лиц в форме ассоциации (союза)", "ALE"),
        ("Филиал иностранной некоммерческой организации", "FBR"),
        ("общественный  фонд", "PF"),
    ],
)
def test_legal_forms_are_known_by_their_other_spellings(wording: str, code: str) -> None:
    assert judged(legal_form=wording).legal_form_id == code


def test_a_place_cut_to_six_digits_is_its_parent() -> None:
    facts = judged(place="711610")
    assert facts.place_id == "711610000"
    assert Quality.SHORT_PLACE in facts.quality


def test_an_empty_count_of_employees_is_not_nought() -> None:
    assert judged(employees="").employees is None


def test_a_bad_email_marks_the_row_and_refuses_nothing() -> None:
    assert Quality.BAD_EMAIL in judged(email="office@mail").quality


def test_two_emails_mark_the_row() -> None:
    assert Quality.TWO_EMAILS in judged(email="a@x.example; b@x.example").quality


def test_neither_email_nor_phone_marks_the_row() -> None:
    assert judged(email="", phone="-").quality == (Quality.NO_CONTACT,)


def test_a_line_break_in_the_address_is_a_space() -> None:
    assert judged(address="ул. Абая\n д. 1").address == "ул. Абая д. 1"
