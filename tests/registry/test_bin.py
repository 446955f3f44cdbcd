from __future__ import annotations

import pytest
from django.db import IntegrityError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.bin import BinFault, check_digit, fault_of
from tests.factories.registry import OrganisationFactory

_FIRST_ELEVEN = st.builds(
    "{:02d}{:02d}{}{}{:05d}".format,
    st.integers(0, 99),
    st.integers(1, 12),
    st.sampled_from("456"),
    st.sampled_from("0123"),
    st.integers(0, 99_999),
)


@st.composite
def valid_bins(draw: st.DrawFn) -> str:
    first_eleven = draw(_FIRST_ELEVEN.filter(lambda digits: check_digit(digits) is not None))
    return f"{first_eleven}{check_digit(first_eleven)}"


@st.composite
def bins_with_one_digit_changed(draw: st.DrawFn) -> str:
    good = draw(valid_bins())
    place = draw(st.integers(0, 11))
    other = draw(st.sampled_from([digit for digit in "0123456789" if digit != good[place]]))
    return good[:place] + other + good[place + 1 :]


def database_takes(text: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT is_bin(%s)", [text])
        return bool(cursor.fetchone()[0])


@given(valid_bins())
def test_a_well_formed_bin_has_no_fault(text: str) -> None:
    assert fault_of(text) is None


@given(valid_bins(), st.integers(1, 9))
def test_another_last_digit_is_found(text: str, step: int) -> None:
    assert fault_of(f"{text[:11]}{(int(text[11]) + step) % 10}") == BinFault.CHECK_DIGIT


# No zero bytes: they cannot reach the database as text at all.
_ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@pytest.mark.django_db
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        valid_bins(),
        bins_with_one_digit_changed(),
        st.text("0123456789", min_size=11, max_size=13),
        _ANY_TEXT,
    )
)
def test_the_database_agrees_with_python_on_any_text(text: str) -> None:
    assert database_takes(text) == (fault_of(text) is None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("060940133223", None),
        ("06094013322", BinFault.LENGTH),
        ("0609401332234", BinFault.LENGTH),
        ("06094013322a", BinFault.LENGTH),
        ("٠٦٠٩٤٠١٣٣٢٢٣", BinFault.LENGTH),
        ("", BinFault.LENGTH),
        ("061340133223", BinFault.MONTH),
        ("060970133223", BinFault.KIND),
        ("060945133223", BinFault.UNIT),
        ("060940133224", BinFault.CHECK_DIGIT),
    ],
)
def test_each_fault_is_named(text: str, fault: BinFault | None) -> None:
    assert fault_of(text) == fault


def test_a_personal_number_gets_its_own_sentence() -> None:
    first_eleven = "85010130000"
    personal = f"{first_eleven}{check_digit(first_eleven)}"
    assert fault_of(personal) == BinFault.IIN


@pytest.mark.django_db
def test_the_database_refuses_an_organisation_with_a_broken_bin() -> None:
    with pytest.raises(IntegrityError, match="organisation_bin_is_well_formed"):
        OrganisationFactory.create(bin="060940133224")


@pytest.mark.django_db
def test_two_organisations_cannot_share_a_bin() -> None:
    OrganisationFactory.create(bin="060940133223")
    with pytest.raises(IntegrityError, match="bin"):
        OrganisationFactory.create(bin="060940133223")


@pytest.mark.django_db
def test_many_organisations_may_have_no_bin() -> None:
    OrganisationFactory.create_batch(2, without_bin=True)
