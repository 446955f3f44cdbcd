from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.refusals import Refused
from grants.importing import cells, mapping
from grants.importing.past import import_awards
from grants.importing.run import Outcome
from grants.models import AwardFile, PastAward, RefusedAward
from registry.bin import check_digit
from tests.factories.registry import OrganisationFactory

AT = datetime(2026, 11, 20, 6, tzinfo=UTC)
ROW = {
    "grant_id": "360G-x-1",
    "title": "Grant to Надежда",
    "description": "Support of Â£500 to womenâ€™s work",
    "currency": "KZT",
    "amount_awarded": "4200000.50",
    "award_date": "2015-06-10T00:00:00+00:00",
    "start_date": "",
    "end_date": "31/12/2015",
    "recipient_id": "GB-CHC-1136419",
    "recipient_name": "Women's Aid",
    "funder_id": "GB-CHC-327114",
    "funder_name": "Lloyds",
    "programme": "Enable",
    "other": "of no use",
}


def write(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(ROW))
        writer.writeheader()
        writer.writerows({**ROW, **row} for row in rows)
    return path


def read(path: Path, *, commit: bool = True, which: str = "360giving") -> Outcome:
    return import_awards(
        path,
        mapping.read(which),
        commit=commit,
        by=None,
        at=AT,
        progress=lambda _read, _part: None,
    )


def iin() -> str:
    """A person's number, born on 1 May 1980."""
    first = next(f"800501{n:05d}" for n in range(100) if check_digit(f"800501{n:05d}") is not None)
    return f"{first}{check_digit(first)}"


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "forms", "day"),
        [
            ("2015-06-10T00:00:00+00:00", ["iso"], date(2015, 6, 10)),
            ("2015-06-10T23:30:00+00:00", ["iso"], date(2015, 6, 10)),
            ("2015-06-10", ["iso"], date(2015, 6, 10)),
            ("03/04/2012", ["iso", "d/m/y"], date(2012, 4, 3)),
            ("03/04/2012", ["m/d/y"], date(2012, 3, 4)),
            ("03.04.2012", ["d.m.y"], date(2012, 4, 3)),
            ("03/04/2012", ["iso"], None),
            ("31/02/2012", ["d/m/y"], None),
            ("03/04/12", ["d/m/y"], None),
            ("June 2015", ["iso", "d/m/y"], None),
            ("2015-06-10Tnoon", ["iso"], None),
        ],
    )
    def test_a_day_has_a_form_that_the_mapping_names(
        self, cell: str, forms: list[str], day: date | None
    ) -> None:
        assert cells.day(cell, forms) == day

    @pytest.mark.parametrize(
        ("cell", "decimal", "amount"),
        [
            ("15000", ".", Decimal(15000)),
            ("15000.5", ".", Decimal("15000.50")),
            ("15 000,50", ",", Decimal("15000.50")),
            ("0.0", ".", Decimal(0)),
            ("15000.00000", ".", Decimal(15000)),
            ("15000.505", ".", None),
            ("15,000", ".", None),
            ("-5", ".", None),
            ("1 50", ".", None),
            ("99999999999999", ".", None),
            ("many", ".", None),
        ],
    )
    def test_an_amount_is_a_number_or_none(
        self, cell: str, decimal: str, amount: Decimal | None
    ) -> None:
        assert cells.amount(cell, decimal) == amount

    @pytest.mark.parametrize(
        ("wrong", "right"),
        [
            ("Â£500", "£500"),
            ("womenâ€™s", "women’s"),
            ("â€œxâ€\x9d", "“x”"),
            ("Қазақ «é» £5 – naïve", "Қазақ «é» £5 – naïve"),
        ],
    )
    def test_what_was_read_in_a_wrong_encoding_is_put_right(self, wrong: str, right: str) -> None:
        assert cells.mended(wrong) == right


class TestMapping:
    def test_ours_are_whole(self) -> None:
        assert mapping.bundled() == ["360giving"]
        assert mapping.read("360giving").columns["identifier"] == "grant_id"

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("nonsense", "no TOML"),
            ('name = "x"\ndates = ["iso"]\n[columns]\ntitle = "t"', "no identifier"),
            ('name = "x"\ndates = ["d/m/y", "m/d/y"]\n[columns]', "leave the day open"),
            ('name = "x"\ndates = ["y"]\n[columns]', "dates are some of"),
            ('name = "x"\ndates = ["iso"]\nzone = 1\n[columns]', "zone is unknown"),
            ('name = "x"\ndates = ["iso"]\n[columns]\nsum = "s"', "sum is unknown"),
            ('name = "x"\ndates = ["iso"]\n[columns]\ntitle = 1', "pairs of texts"),
        ],
    )
    def test_a_faulty_one_is_refused(self, tmp_path: Path, text: str, words: str) -> None:
        path = tmp_path / "m.toml"
        path.write_text(text)
        with pytest.raises(Refused, match=words):
            mapping.read(str(path))

    def test_a_missing_one_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(Refused, match="no mapping"):
            mapping.read(str(tmp_path / "none.toml"))


@pytest.mark.django_db
class TestReading:
    def test_a_trial_writes_nothing(self, tmp_path: Path) -> None:
        outcome = read(write(tmp_path / "x.csv", {}), commit=False)
        assert (outcome.added, outcome.is_written) == (1, False)
        assert not PastAward.objects.exists()
        assert not AwardFile.objects.exists()

    def test_a_row_is_an_award_as_the_source_states_it(self, tmp_path: Path) -> None:
        outcome = read(write(tmp_path / "x.csv", {}))
        row = PastAward.objects.get()
        assert row.description == "Support of £500 to women’s work"
        assert (row.amount, row.currency) == (Decimal("4200000.50"), "KZT")
        assert (row.awarded_on, row.starts_on, row.ends_on) == (
            date(2015, 6, 10),
            None,
            date(2015, 12, 31),
        )
        assert (row.organisation, row.recipient_identifier) == (None, "GB-CHC-1136419")
        assert outcome.mended == outcome.not_in_register == 1
        file = AwardFile.objects.get()
        assert (file.rows, file.added, file.mapping) == (1, 1, "360giving")

    def test_the_organisation_is_found_by_bin_or_number_alone(self, tmp_path: Path) -> None:
        one, other = OrganisationFactory.create_batch(2)
        assert one.bin
        read(
            write(
                tmp_path / "x.csv",
                {"grant_id": "1", "recipient_id": f"KZ-BIN-{one.bin}"},
                {"grant_id": "2", "recipient_id": other.number},
                {"grant_id": "3", "recipient_id": "", "recipient_name": one.name_ru},
            )
        )
        found = dict(PastAward.objects.values_list("identifier", "organisation"))
        assert found == {"1": one.pk, "2": other.pk, "3": None}

    def test_a_missing_amount_is_not_nothing(self, tmp_path: Path) -> None:
        outcome = read(
            write(
                tmp_path / "x.csv",
                {"grant_id": "1", "amount_awarded": ""},
                {"grant_id": "2", "amount_awarded": "0.0"},
                {"grant_id": "3", "currency": "GBP"},
            )
        )
        assert (outcome.without_amount, outcome.of_nothing) == (1, 1)
        assert PastAward.objects.get(identifier="1").amount is None
        assert [row.identifier for row in PastAward.objects.counted()] == ["2"]

    @pytest.mark.parametrize(
        ("cell", "reason"),
        [
            ({"grant_id": " "}, "identifier"),
            ({"grant_id": "x" * 201}, "identifier"),
            ({"title": ""}, "title"),
            ({"recipient_name": ""}, "recipient"),
            ({"recipient_id": "KZ-BIN-123"}, "bin"),
            ({"award_date": ""}, "date"),
            ({"award_date": "June 2015"}, "date"),
            ({"award_date": "2027-01-01"}, "date"),
            ({"award_date": "1015-01-01"}, "date"),
            ({"end_date": "soon"}, "date"),
            ({"amount_awarded": "4,2 mln"}, "amount"),
            ({"currency": "tenge"}, "currency"),
        ],
    )
    def test_a_row_of_which_something_must_be_guessed_is_refused(
        self, tmp_path: Path, cell: dict[str, str], reason: str
    ) -> None:
        outcome = read(write(tmp_path / "x.csv", {"grant_id": "good"}, cell))
        assert (outcome.added, outcome.refused) == (1, 1)
        refused = RefusedAward.objects.get()
        assert (refused.line, refused.reason) == (3, reason)
        assert refused.cells["title"] == {**ROW, **cell}["title"]

    def test_a_persons_number_is_never_kept(self, tmp_path: Path) -> None:
        outcome = read(
            write(
                tmp_path / "x.csv",
                {"grant_id": "1", "description": f"to {iin()}"},
                {"grant_id": "2", "recipient_id": f"KZ-BIN-{iin()}"},
            )
        )
        assert outcome.covered == 1
        assert iin() not in PastAward.objects.get().description
        refused = RefusedAward.objects.get()
        assert refused.reason == "person"
        assert iin() not in str(refused.cells)

    def test_an_identifier_twice_is_refused_where_its_facts_differ(self, tmp_path: Path) -> None:
        outcome = read(write(tmp_path / "x.csv", {}, {}, {"title": "Other"}))
        assert (outcome.added, outcome.unchanged, outcome.refused) == (1, 1, 1)
        assert RefusedAward.objects.get().reason == "conflict"

    def test_the_same_file_twice_changes_nothing(self, tmp_path: Path) -> None:
        path = write(tmp_path / "x.csv", {}, {"grant_id": "2", "title": ""})
        read(path)
        again = read(path)
        assert (again.unchanged, again.refused, again.is_written) == (1, 1, False)
        assert AwardFile.objects.get().added == 1
        assert RefusedAward.objects.count() == 1

    def test_the_same_file_finds_what_the_register_has_learned(self, tmp_path: Path) -> None:
        path = write(tmp_path / "x.csv", {"recipient_id": "R-0000077"})
        read(path)
        organisation = OrganisationFactory.create(number="R-0000077")
        assert read(path).changed == 1
        assert PastAward.objects.get().organisation == organisation
        assert AwardFile.objects.get().changed == 1

    def test_a_newer_file_changes_the_award_of_that_identifier(self, tmp_path: Path) -> None:
        read(write(tmp_path / "x.csv", {}, {"grant_id": "2"}))
        newer = read(write(tmp_path / "y.csv", {"amount_awarded": "7"}, {"grant_id": "2"}))
        assert (newer.changed, newer.unchanged) == (1, 1)
        row = PastAward.objects.get(identifier="360G-x-1")
        assert (row.amount, row.file.name) == (Decimal(7), "y.csv")

    def test_a_file_of_other_columns_is_refused_whole(self, tmp_path: Path) -> None:
        path = tmp_path / "x.csv"
        path.write_text("a,b\n1,2\n")
        with pytest.raises(Refused, match="no column «grant_id»"):
            read(path)
        assert not AwardFile.objects.exists()

    def test_a_file_without_rows_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(Refused, match="no row"):
            read(write(tmp_path / "x.csv"))
        assert not AwardFile.objects.exists()

    def test_a_region_is_in_the_code_list_or_refused(self, tmp_path: Path) -> None:
        own = tmp_path / "own.toml"
        ours = (mapping.BUNDLED / "360giving.toml").read_text()
        own.write_text(f'{ours}\nregion = "other"\n')
        path = write(
            tmp_path / "x.csv",
            {"grant_id": "1", "other": "г. Астана"},
            {"grant_id": "2", "other": "KZ-71"},
            {"grant_id": "3", "other": "Leicester"},
            {"grant_id": "4", "other": ""},
        )
        outcome = read(path, which=str(own))
        regions = dict(PastAward.objects.values_list("identifier", "region"))
        assert regions == {"1": "710000000", "2": "710000000", "4": None}
        assert [refusal.reason for refusal in outcome.refusals] == ["code"]


@pytest.mark.django_db
class TestCommand:
    @pytest.fixture(autouse=True)
    def in_a_folder_of_its_own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def run(self, *arguments: object) -> str:
        out = StringIO()
        call_command("import_awards", *map(str, arguments), stdout=out, stderr=StringIO())
        return out.getvalue()

    def test_it_says_what_it_would_do_then_does_it_once(self, tmp_path: Path) -> None:
        path = write(tmp_path / "x.csv", {}, {"grant_id": "2", "title": ""})
        trial = self.run(path, "--mapping", "360giving")
        assert "Nothing was written" in trial
        assert "read 2 = added 1 + changed 0 + unchanged 0 + refused 1" in trial
        written = self.run(path, "--mapping", "360giving", "--commit")
        assert "Written, in one transaction." in written
        assert "read before" in self.run(path, "--mapping", "360giving", "--commit")
        with Path("refused_x.csv").open(encoding="utf-8-sig", newline="") as file:
            [refused] = csv.DictReader(file, delimiter=";")
        assert (refused["line"], refused["reason"], refused["grant_id"]) == ("3", "title", "2")

    def test_exit_codes_say_whose_fault_it_is(self, tmp_path: Path) -> None:
        path = write(tmp_path / "x.csv")
        for arguments, code in [
            ((path, "--mapping", "360giving"), 1),
            ((path, "--mapping", "none"), 2),
            ((tmp_path / "none.csv", "--mapping", "360giving"), 2),
        ]:
            with pytest.raises(CommandError) as refused:
                self.run(*arguments)
            assert refused.value.returncode == code
