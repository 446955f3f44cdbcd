"""The form: a draft goes as far as it goes, a submission needs every answer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from reregistration.forms import REQUIRED, FilingForm
from reregistration.sections.columns import ANSWERS
from tests.factories.reregistration import FilingFactory

pytestmark = pytest.mark.django_db

COMPLETE = {
    "name_kk": "«Үміт» қоғамдық қоры",
    "name_ru": "Общественный фонд «Надежда»",
    "name_en": "",
    "address": "ул. Абая, д. 1",
    "head_name": "Өтегенов Ержан",
    "email": " Office@NGO.example ",
    "phone": "8 (701) 123-45-67",
    "employees": "0",
    "volunteers": "0",
    "activity_areas": ["1", "3"],
    "income": "0",
    "spending": "1 200 000,50",
    "revision": "3",
}


def form(*, complete: bool = True, **changed: Any) -> FilingForm:
    return FilingForm({**COMPLETE, **changed}, year=2025, complete=complete)


def test_its_fields_are_the_answers_of_a_filing() -> None:
    assert set(form().fields) == {*ANSWERS, "revision"}


def test_nil_is_an_answer() -> None:
    filled = form()
    assert filled.is_valid()
    assert filled.answers["employees"] == 0
    assert filled.answers["income"] == Decimal(0)


def test_contacts_are_kept_in_one_shape() -> None:
    filled = form()
    assert filled.is_valid()
    assert filled.answers["email"] == "office@ngo.example"
    assert filled.answers["phone"] == "+77011234567"


@pytest.mark.parametrize("name", REQUIRED)
def test_each_missing_answer_is_told_at_its_field(name: str) -> None:
    empty: dict[str, Any] = {name: ""}
    filled = form(**empty)
    assert not filled.is_valid()
    assert list(filled.errors) == [name]


def test_one_way_to_be_reached_is_enough() -> None:
    assert form(email="").is_valid()
    assert form(phone="").is_valid()


def test_no_way_to_be_reached_is_told() -> None:
    assert list(form(email="", phone="").errors) == ["email"]


def test_a_faulty_address_is_told_once() -> None:
    assert list(form(email="office@", phone="").errors) == ["email"]


def test_an_empty_draft_can_be_saved() -> None:
    filled = FilingForm({"revision": "1"}, year=2025)
    assert filled.is_valid()
    assert filled.answers["employees"] is None


def test_what_reads_well_can_be_saved_beside_what_does_not() -> None:
    filled = form(complete=False, income="много")
    assert not filled.is_valid()
    assert set(filled.answers) == set(ANSWERS) - {"income"}


def test_a_draft_comes_back_as_it_was_saved() -> None:
    draft = FilingFactory.create()
    shown = FilingForm.of(draft)
    assert all(shown[name].value() == getattr(draft, name) for name in ANSWERS)
    checked = FilingForm.of(draft, complete=True)
    assert checked.is_valid(), checked.errors
    assert checked.answers["income"] == draft.income
