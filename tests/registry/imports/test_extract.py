from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.refusals import Refused
from registry.calendar import ALMATY
from registry.imports.counts import Outcome
from registry.imports.reasons import Reason
from registry.models import (
    Contact,
    Difference,
    Extract,
    Organisation,
    PersonalValue,
    RefusedRow,
    RegisterEntry,
)
from registry.states import EntryKind, Quality, Source, StandingState
from tests.factories.extracts import IMPORTED_AT, import_file, import_rows, row, write_extract
from tests.factories.registry import ContactFactory, StandingFactory, valid_bin

pytestmark = pytest.mark.django_db

JUNE, SEPTEMBER = "30.06.2026", "30.09.2026"


def counts(outcome: Outcome) -> dict[str, int]:
    return {name: count for name, count in outcome.columns().items() if count}


def september(serial: int | None = 1, **cells: str) -> dict[str, str]:
    return row(serial, as_of_on=SEPTEMBER, **cells)


def test_a_new_row_enters_an_organisation_with_its_line(tmp_path: Path) -> None:
    outcome = import_rows(tmp_path, row())
    organisation = Organisation.objects.get()
    entry = organisation.entries.get()
    assert counts(outcome) == {"read": 1, "new": 1}
    assert (entry.kind, entry.source) == (EntryKind.ADDED, "extract:2026-06-30")
    assert entry.changes["status"] == [None, "active"]
    assert organisation.last_seen_extract == Extract.objects.get()
    assert organisation.as_of_on == date(2026, 6, 30)


def test_personal_facts_stand_in_no_line(tmp_path: Path) -> None:
    import_rows(tmp_path, row())
    changes = RegisterEntry.objects.get().changes
    values = dict(PersonalValue.objects.values_list("field", "value"))
    assert set(values) == {"address", "head_name", "email", "phone"}
    assert all(set(changes[name]) == {"commitment"} for name in values)
    assert values["phone"] == "+77011234567"


def test_numbers_rise_and_are_never_given_twice(tmp_path: Path) -> None:
    import_rows(tmp_path, row(1), row(2))
    numbers = list(Organisation.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == sorted(set(numbers))
    assert all(len(number) == 9 and number.startswith("R-") for number in numbers)


def test_without_commit_the_counts_are_the_same_and_nothing_is_written(tmp_path: Path) -> None:
    rows = [row(1), row(1), row(2), row(2, address="иначе"), row(3, status="???"), row(None)]
    trial = import_rows(tmp_path, *rows, commit=False)
    assert not Organisation.objects.exists()
    assert not Extract.objects.exists()
    assert counts(import_rows(tmp_path, *rows)) == counts(trial)


def test_a_trial_takes_no_number_from_the_sequence(tmp_path: Path) -> None:
    import_rows(tmp_path, row(1))
    first = Organisation.objects.get().number
    import_rows(tmp_path, row(2), row(3), commit=False)
    import_rows(tmp_path, row(4))
    numbers = sorted(Organisation.objects.values_list("number", flat=True))
    assert numbers == [first, f"R-{int(first[2:]) + 1:07d}"]


def test_the_second_import_changes_nothing(tmp_path: Path) -> None:
    rows = [row(1), row(2), row(None, name_ru="Без БИН"), row(4, status="???")]
    import_rows(tmp_path, *rows)
    lines = RegisterEntry.objects.count()
    assert counts(import_rows(tmp_path, *rows)) == {"read": 4, "unchanged": 3, "refused": 1}
    assert RegisterEntry.objects.count() == lines


def test_the_same_row_twice_is_repeated(tmp_path: Path) -> None:
    assert counts(import_rows(tmp_path, row(), row())) == {"read": 2, "new": 1, "repeated": 1}


def test_rows_are_the_same_when_they_say_the_same(tmp_path: Path) -> None:
    other = row(registered_on="2006-09-18", phone="8(701)123-45-67", address=" ул.  Абая, д. 1")
    assert import_rows(tmp_path, row(), other).repeated == 1


def test_the_same_bin_with_other_facts_is_a_conflict_and_the_first_stands(tmp_path: Path) -> None:
    outcome = import_rows(tmp_path, row(), row(address="г. Астана"))
    [refusal] = outcome.refusals
    assert (refusal.reason, refusal.line) == (Reason.CONFLICT, 3)
    assert Organisation.objects.get().address == "ул. Абая, д. 1"


def test_a_row_after_a_refused_one_of_the_same_bin_is_taken(tmp_path: Path) -> None:
    outcome = import_rows(tmp_path, row(status="???"), row())
    assert counts(outcome) == {"read": 2, "new": 1, "refused": 1}


def test_a_change_writes_a_line_with_before_and_after(tmp_path: Path) -> None:
    import_rows(tmp_path, row())
    outcome = import_rows(tmp_path, september(status="В стадии ликвидации", address="новый"))
    entry = RegisterEntry.objects.get(kind=EntryKind.CHANGED)
    assert counts(outcome) == {"read": 1, "changed": 1}
    assert entry.changes["status"] == ["active", "in_liquidation"]
    assert set(entry.changes["address"]) == {"commitment"}
    assert set(entry.changes) == {"status", "address"}


def test_a_new_name_is_found_by_search(tmp_path: Path) -> None:
    import_rows(tmp_path, row())
    import_rows(tmp_path, september(name_ru="Общественный фонд «Қарлығаш»"))
    assert Organisation.objects.search("карлыгаш").exists()


def test_an_unchanged_row_moves_only_the_day(tmp_path: Path) -> None:
    import_rows(tmp_path, row())
    import_rows(tmp_path, september())
    organisation = Organisation.objects.get()
    assert organisation.as_of_on == date(2026, 9, 30)
    assert organisation.entries.count() == 1


def test_an_older_extract_changes_nothing(tmp_path: Path) -> None:
    import_rows(tmp_path, september())
    outcome = import_rows(tmp_path, row(address="старый", status="Бездействующее"))
    organisation = Organisation.objects.get()
    assert counts(outcome) == {"read": 1, "unchanged": 1}
    assert (organisation.address, organisation.as_of_on) == ("ул. Абая, д. 1", date(2026, 9, 30))


def test_an_import_never_touches_standing(tmp_path: Path) -> None:
    import_rows(tmp_path, row())
    standing = StandingFactory.create(
        organisation=Organisation.objects.get(), state=StandingState.OVERDUE
    )
    import_rows(tmp_path, september(status="В стадии ликвидации"))
    standing.refresh_from_db()
    assert standing.state == StandingState.OVERDUE


class TestRowsWithoutBin:
    def test_match_by_folded_names_and_date(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(None))
        outcome = import_rows(
            tmp_path, september(None, name_ru='ОБЩЕСТВЕННЫЙ ФОНД "Надежда"', head_name="Цой")
        )
        assert counts(outcome) == {"read": 1, "changed": 1}

    def test_another_date_is_another_organisation(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(None))
        assert import_rows(tmp_path, september(None, registered_on="19.09.2006")).new == 1

    def test_never_match_an_organisation_with_bin(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(1))
        assert import_rows(tmp_path, september(1), september(None)).new == 1

    def test_one_with_and_one_without_in_a_file_are_two(self, tmp_path: Path) -> None:
        for rows in ([row(1), row(None)], [row(None), row(1)]):
            outcome = import_rows(tmp_path, *rows)
        assert counts(outcome) == {"read": 2, "unchanged": 2}

    def test_more_than_one_match_is_ambiguous_and_counts_as_seen(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(None), row(None, registered_on="19.09.2006"))
        Organisation.objects.update(registered_on=date(2006, 9, 18))
        outcome = import_rows(tmp_path, september(None))
        assert outcome.refused_by_reason == {Reason.AMBIGUOUS: 1}


class TestAdoption:
    def test_an_organisation_adopts_a_bin_that_is_new(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(None))
        outcome = import_rows(tmp_path, september(7))
        organisation = Organisation.objects.get()
        assert counts(outcome) == {"read": 1, "changed": 1}
        assert organisation.bin == valid_bin(7)
        assert Quality.NO_BIN not in organisation.quality
        assert valid_bin(7) in organisation.search_text

    def test_not_where_the_file_still_names_it_without(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(None))
        outcome = import_rows(tmp_path, september(7), september(None))
        assert counts(outcome) == {"read": 2, "new": 1, "unchanged": 1}

    def test_not_a_bin_that_another_holds(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(None), row(7))
        import_rows(tmp_path, september(7))
        assert Organisation.objects.filter(bin__isnull=True).count() == 1

    def test_two_rows_that_claim_one_organisation_are_both_refused(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(None))
        for _time in range(2):
            outcome = import_rows(tmp_path, september(7), september(8))
            assert outcome.refused_by_reason == {Reason.AMBIGUOUS: 2}

    def test_the_older_extract_makes_no_second_organisation(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(None))
        import_rows(tmp_path, september(7))
        assert counts(import_rows(tmp_path, row(None))) == {"read": 1, "unchanged": 1}

    def test_a_newer_row_without_the_bin_is_asked_for_it(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(None))
        import_rows(tmp_path, september(7))
        outcome = import_rows(tmp_path, row(None, as_of_on="01.10.2026"))
        assert counts(outcome) == {"read": 1, "refused": 1}


class TestAbsence:
    def test_an_organisation_that_is_not_named_is_counted(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(1), row(2))
        assert import_rows(tmp_path, september(1)).absent == 1

    def test_the_count_is_the_same_the_second_time(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(1), row(2))
        import_rows(tmp_path, september(1))
        assert import_rows(tmp_path, september(1)).absent == 1

    @pytest.mark.parametrize(
        "cells",
        [
            {"serial": 2, "status": "???"},
            {"serial": 2, "bin": "060940133224"},
            {"serial": 2, "bin": "06094"},
        ],
    )
    def test_one_that_a_refused_row_names_counts_as_seen(
        self, tmp_path: Path, cells: dict[str, str]
    ) -> None:
        named = {"name_ru": "Названа отказанной строкой"}
        import_rows(tmp_path, row(1), row(2, **named))
        outcome = import_rows(tmp_path, september(1), september(**cells, **named))  # type: ignore[arg-type]
        refused = RefusedRow.objects.get()
        assert (outcome.absent, outcome.refused) == (0, 1)
        assert refused.organisation == Organisation.objects.get(bin=valid_bin(2))
        assert refused.organisation.last_seen_extract == refused.extract
        assert refused.organisation.as_of_on == date(2026, 6, 30)

    def test_one_that_was_gone_before_is_not_counted_again(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(1), row(2))
        import_rows(tmp_path, september(1))
        assert import_rows(tmp_path, row(1, as_of_on="31.12.2026"), commit=False).absent == 0


class TestNewerFilings:
    def write_filing(self, name: str, at: datetime) -> Organisation:
        organisation = Organisation.objects.get()
        organisation.employees = 9
        organisation.field_sources = {name: {"source": "filing:F-1", "at": at.isoformat()}}
        organisation.save()
        return organisation

    def test_a_fact_that_a_newer_filing_wrote_stays(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row())
        organisation = self.write_filing("employees", datetime(2026, 10, 1, tzinfo=ALMATY))
        for _time in range(2):
            outcome = import_rows(tmp_path, september(employees="2"))
        organisation.refresh_from_db()
        difference = Difference.objects.get()
        assert counts(outcome) == {"read": 1, "unchanged": 1}
        assert organisation.employees == 9
        assert (difference.field, difference.held, difference.stated) == ("employees", "9", "2")

    def test_a_fact_that_an_older_filing_wrote_is_overwritten(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row())
        last_moment = datetime(2026, 9, 30, 23, 59, tzinfo=ALMATY)
        organisation = self.write_filing("employees", last_moment)
        import_rows(tmp_path, september(employees="2"))
        organisation.refresh_from_db()
        assert (organisation.employees, organisation.field_sources) == (2, {})

    def test_an_address_that_a_filing_gave_is_never_replaced(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row())
        organisation = self.write_filing("email", datetime(2026, 9, 1, tzinfo=ALMATY))
        filed = ContactFactory.create(organisation=organisation, source=Source.FILING)
        import_rows(tmp_path, september(email="newer@mail.example"))
        filed.refresh_from_db()
        assert filed.retired_at is None
        assert organisation.contacts.filter(value="newer@mail.example").exists()


class TestContacts:
    def live(self) -> set[str]:
        return set(
            Contact.objects.filter(kind="email", retired_at__isnull=True).values_list(
                "value", flat=True
            )
        )

    def test_a_new_address_replaces_the_extracts_older_one(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row())
        import_rows(tmp_path, september(email="new@mail.example"))
        assert self.live() == {"new@mail.example"}
        assert Contact.objects.filter(value="office@mail.example", retired_at=IMPORTED_AT).exists()

    def test_an_address_that_comes_back_is_live_again(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row())
        import_rows(tmp_path, september(email=""))
        import_rows(tmp_path, row(as_of_on="01.10.2026"))
        assert self.live() == {"office@mail.example"}

    def test_a_malformed_address_is_kept_unusable(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(email="office@mail"))
        contact = Contact.objects.get(kind="email")
        assert (contact.raw, contact.is_usable) == ("office@mail", False)


class TestShortPlaces:
    def test_take_nothing_from_a_fuller_one(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(place="635841407"))
        outcome = import_rows(tmp_path, september(place="635841"))
        assert (outcome.unchanged, Organisation.objects.get().place_id) == (1, "635841407")

    def test_give_way_to_a_fuller_one(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(place="635841"))
        import_rows(tmp_path, september(place="635841407"))
        organisation = Organisation.objects.get()
        assert organisation.place_id == "635841407"
        assert Quality.SHORT_PLACE not in organisation.quality


class TestRefusedFiles:
    def refusal_of(self, path: Path, at: datetime = IMPORTED_AT) -> str:
        with translation.override("en"), pytest.raises(Refused) as caught:
            import_file(path, at=at)
        return str(caught.value)

    def test_a_file_cut_off_in_its_last_row_leaves_nothing(self, tmp_path: Path) -> None:
        path = write_extract(tmp_path / "x.csv", *[row(n) for n in range(1200)])
        path.write_text(path.read_text("utf-8") + '"cut', "utf-8")
        assert "line 1202" in self.refusal_of(path)
        assert not Organisation.objects.exists()
        assert not Extract.objects.exists()

    def test_a_header_without_rows(self, tmp_path: Path) -> None:
        assert "no row" in self.refusal_of(write_extract(tmp_path / "x.csv"))

    def test_a_first_row_without_a_day(self, tmp_path: Path) -> None:
        path = write_extract(tmp_path / "x.csv", row(as_of_on="вчера"))
        assert "«вчера»" in self.refusal_of(path)

    def test_a_day_far_ahead(self, tmp_path: Path) -> None:
        path = write_extract(tmp_path / "x.csv", row(as_of_on="30.06.2062"))
        assert "ahead" in self.refusal_of(path)


def test_rows_of_another_day_are_refused_one_by_one(tmp_path: Path) -> None:
    outcome = import_rows(tmp_path, row(1), september(2))
    assert outcome.refused_by_reason == {Reason.AS_OF: 1}
    assert Organisation.objects.count() == 1


def test_refused_rows_are_kept_with_their_cells(tmp_path: Path) -> None:
    import_rows(tmp_path, row(1), row(2, status="???"))
    refused = RefusedRow.objects.get()
    assert (refused.line, refused.reason) == (3, Reason.STATUS)
    assert refused.cells == row(2, status="???")
    assert Extract.objects.get().refused == 1


def test_lost_rows_fail_loudly() -> None:
    outcome = Outcome(date(2026, 6, 30), is_committed=False, read=2, new=1)
    with pytest.raises(RuntimeError, match="read 2, accounted for 1"):
        outcome.check()


@pytest.mark.parametrize("commit", [True, False])
def test_queries_do_not_grow_with_rows(tmp_path: Path, commit: bool) -> None:
    def queries(first: int, count: int) -> int:
        rows = [
            row(n, status="???" if n % 10 == 0 else "Действующее")
            for n in range(first, first + count)
        ]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            import_rows(tmp_path, *rows, commit=commit, at=IMPORTED_AT + timedelta(days=first))
        return len(captured)

    assert queries(1000, 300) == queries(2000, 30)


class TestMerged:
    def test_a_row_names_the_one_that_stays(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(None))
        kept = Organisation.objects.get()
        twice = Organisation.objects.get()
        twice.pk, twice.number, twice.merged_into = None, "R-9000001", kept
        twice.save()
        outcome = import_rows(tmp_path, september(None, employees="7"))
        kept.refresh_from_db()
        assert counts(outcome) == {"read": 1, "changed": 1}
        assert kept.employees == 7

    def test_a_merged_one_whose_names_fit_alone_is_not_entered_anew(self, tmp_path: Path) -> None:
        import_rows(tmp_path, row(None), row(1, name_ru="Иной фонд", name_kk="Басқа қор"))
        twice, kept = Organisation.objects.order_by("bin").reverse()
        Organisation.objects.filter(pk=twice.pk).update(merged_into=kept)
        import_rows(tmp_path, september(None))
        assert Organisation.objects.count() == 2

    def merged_without_bin(self, tmp_path: Path, kept_serial: int | None) -> Organisation:
        """An entry without BIN that was merged into one of other names, which is returned."""
        import_rows(tmp_path, row(None), row(kept_serial, name_ru="Иной фонд", name_kk="Басқа қор"))
        twice = Organisation.objects.get(name_ru=row(None)["name_ru"])
        kept = Organisation.objects.exclude(pk=twice.pk).get()
        Organisation.objects.filter(pk=twice.pk).update(merged_into=kept)
        return kept

    def test_a_new_bin_is_adopted_by_the_one_that_stays(self, tmp_path: Path) -> None:
        kept = self.merged_without_bin(tmp_path, None)
        outcome = import_rows(tmp_path, september(7))
        assert counts(outcome) == {"read": 1, "changed": 1}
        assert Organisation.objects.get(bin=valid_bin(7)) == kept

    def test_a_new_bin_is_refused_where_the_one_that_stays_has_another(
        self, tmp_path: Path
    ) -> None:
        kept = self.merged_without_bin(tmp_path, 1)
        outcome = import_rows(tmp_path, september(7))
        assert outcome.refused_by_reason == {Reason.AMBIGUOUS: 1}
        assert kept.number in outcome.refusals[0].sentence
        assert not Organisation.objects.filter(bin=valid_bin(7)).exists()

    def test_a_new_bin_is_refused_where_the_file_names_the_one_that_stays_without(
        self, tmp_path: Path
    ) -> None:
        self.merged_without_bin(tmp_path, None)
        still = september(None, name_ru="Иной фонд", name_kk="Басқа қор")
        outcome = import_rows(tmp_path, september(7), still)
        assert outcome.refused_by_reason == {Reason.AMBIGUOUS: 1}
        assert Organisation.objects.count() == 2
