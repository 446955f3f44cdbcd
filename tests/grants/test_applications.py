"""An application from its first word to its receipt: at the last second, twice, in two tabs."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from accounts.refusals import Refused
from grants import applications, drafts
from grants.drafts import Line
from grants.models import Application, Call, ExclusionDeclaration
from grants.states import (
    APPLICATION_ALLOWED,
    ApplicationState,
    BudgetCategory,
    Exclusion,
    PaperKind,
)
from notices import verify
from notices.models import IssuedDocument
from registry.models import ActivityArea, Organisation, Region
from tests.factories.accounts import UserFactory
from tests.factories.files import StoredFileFactory
from tests.factories.grants import (
    AMOUNT,
    CLOSES_AT,
    ApplicationFactory,
)
from tests.factories.registry import ClaimFactory, RepresentativeFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 9, 15, 6, tzinfo=UTC)
ALL = Exclusion.values
LAST_MOMENT = CLOSES_AT - timedelta(microseconds=1)


def submit(draft: Application, by: User, at: datetime = AT, **fields: Any) -> Application:
    return applications.submit(draft, **{"clear_of": ALL, **fields}, by=by, at=at)


class TestBegin:
    def test_two_tabs_get_one_draft(
        self, organisation: Organisation, call: Call, alice: User
    ) -> None:
        lot = call.lots.get()
        one = drafts.begin(lot, organisation, by=alice, at=AT)
        assert drafts.begin(lot, organisation, by=alice, at=AT) == one
        assert one.events.get().to_state == "draft"

    @pytest.mark.parametrize(("reads", "writes"), [("ru", "ru"), ("kk", "kk"), ("en", "kk")])
    def test_it_is_written_as_its_author_reads_letters(
        self, organisation: Organisation, call: Call, alice: User, reads: str, writes: str
    ) -> None:
        alice.language = reads
        begun = drafts.begin(call.lots.get(), organisation, by=alice, at=AT)
        assert begun.language == writes

    def test_after_the_end_no_draft_begins(
        self, organisation: Organisation, call: Call, alice: User
    ) -> None:
        with pytest.raises(Refused, match="takes no applications"):
            drafts.begin(call.lots.get(), organisation, by=alice, at=CLOSES_AT)

    def test_a_claimant_writes_none(self, organisation: Organisation, call: Call) -> None:
        claimant = ClaimFactory.create(organisation=organisation).user
        with pytest.raises(Refused, match="A claim that is not decided"):
            drafts.begin(call.lots.get(), organisation, by=claimant, at=AT)


class TestSave:
    def test_another_windows_save_is_not_overwritten(self, draft: Application, alice: User) -> None:
        saved = drafts.save(draft, {"title": "One"}, revision=1, by=alice, at=AT)
        assert (saved.title, saved.revision) == ("One", 2)
        with pytest.raises(Refused, match="another window"):
            drafts.save(draft, {"title": "Two"}, revision=1, by=alice, at=AT)

    def test_the_same_answers_again_change_nothing(self, draft: Application, alice: User) -> None:
        """A button that is pressed while the page saves itself sends them a second time."""
        answers, regions = {"title": "One"}, list(draft.regions.all())
        for _ in range(2):
            saved = drafts.save(draft, answers, regions=regions, revision=1, by=alice, at=AT)
        assert (saved.title, saved.revision) == ("One", 2)
        with pytest.raises(Refused, match="another window"):
            drafts.save(draft, answers, regions=[], revision=1, by=alice, at=AT)

    def test_a_submitted_one_is_not_saved(self, draft: Application, alice: User) -> None:
        submit(draft, alice)
        with pytest.raises(Refused, match="handed in already"):
            drafts.save(draft, {"title": "Two"}, revision=1, by=alice, at=AT)

    def test_the_budget_adds_up_to_the_tiyn(self, draft: Application, alice: User) -> None:
        lines = [
            Line(BudgetCategory.PAY, "Координатор", Decimal("7.5"), Decimal("333333.33")),
            Line(BudgetCategory.EQUIPMENT, "Ноутбук", Decimal(1), Decimal(450000)),
        ]
        saved = drafts.write_budget(draft, lines, revision=1, by=alice, at=AT)
        assert saved.amount == Decimal("2949999.98")
        assert list(saved.lines.values_list("position", "is_institutional")) == [
            (1, False),
            (2, True),
        ]

    @pytest.mark.parametrize("price", [Decimal(0), Decimal("9999999999999.99")])
    def test_a_budget_of_nothing_or_of_everything_is_refused(
        self, draft: Application, alice: User, price: Decimal
    ) -> None:
        lines = [Line(BudgetCategory.PAY, "x", Decimal(2), price)]
        with pytest.raises(Refused, match=r"comes to"):
            drafts.write_budget(draft, lines, revision=1, by=alice, at=AT)

    def test_a_price_beyond_any_column_is_refused(self, draft: Application, alice: User) -> None:
        line = Line(BudgetCategory.PAY, "x", Decimal("0.01"), Decimal(10) ** 14)
        with pytest.raises(Refused, match="Look at the prices"):
            drafts.write_budget(draft, [line], revision=1, by=alice, at=AT)

    def test_the_same_paper_is_attached_once(self, draft: Application, alice: User) -> None:
        stored = StoredFileFactory.create()
        one = drafts.attach(draft, PaperKind.PLAN, stored, by=alice, at=AT)
        assert drafts.attach(draft, PaperKind.PLAN, stored, by=alice, at=AT) == one
        assert drafts.detach(draft, one.pk, by=alice, at=AT)
        assert not drafts.detach(draft, one.pk, by=alice, at=AT)


class TestSubmit:
    def test_it_is_frozen_numbered_and_receipted(self, draft: Application, alice: User) -> None:
        made = submit(draft, alice)
        assert made.state == "submitted"
        assert made.number is not None
        assert made.number.startswith("G-")
        assert made.sha256 == hashlib.sha256(applications.frozen(made)).hexdigest()
        document = IssuedDocument.objects.get(number=made.number)
        assert (document.kind, document.sha256) == ("receipt", made.sha256)
        assert verify.normalised(made.number.lower().replace("-", "")) == made.number
        assert ExclusionDeclaration.objects.filter(occasion=made.number).count() == 1

    def test_a_second_click_gets_what_the_first_one_made(
        self, draft: Application, alice: User
    ) -> None:
        made = submit(draft, alice)
        assert submit(draft, alice).number == made.number
        assert IssuedDocument.objects.count() == 1

    def test_the_last_moment_is_in_time_though_the_call_is_closed_since(
        self, draft: Application, alice: User
    ) -> None:
        Call.objects.update(state="closed")
        assert submit(draft, alice, LAST_MOMENT).submitted_at == LAST_MOMENT

    def test_the_moment_of_the_end_is_too_late(self, draft: Application, alice: User) -> None:
        with pytest.raises(Refused, match="stays as a draft"):
            submit(draft, alice, CLOSES_AT)

    def test_before_its_beginning_it_takes_none(self, draft: Application, alice: User) -> None:
        with pytest.raises(Refused, match="stays as a draft"):
            submit(draft, alice, datetime(2026, 8, 31, tzinfo=UTC))

    @pytest.mark.parametrize("who", ["stranger", "claimant", "reader"])
    def test_only_who_acts_for_it_hands_it_in(self, draft: Application, who: str) -> None:
        person = UserFactory.create()
        if who == "claimant":
            ClaimFactory.create(organisation=draft.organisation, user=person)
        if who == "reader":
            RepresentativeFactory.create(
                organisation=draft.organisation, user=person, role="reader"
            )
        with pytest.raises(Refused, match="manager or editor"):
            submit(draft, person)

    def test_what_was_saved_elsewhere_is_not_handed_in(
        self, draft: Application, alice: User
    ) -> None:
        drafts.save(draft, {"title": "One"}, revision=1, by=alice, at=AT)
        with pytest.raises(Refused, match="another window"):
            submit(draft, alice)

    def test_a_reason_against_the_organisation_refuses(
        self, draft: Application, alice: User
    ) -> None:
        Organisation.objects.update(status="in_liquidation")
        with pytest.raises(Refused, match="being liquidated"):
            submit(draft, alice)

    def test_who_does_not_take_part_does_not_apply(self, draft: Application, alice: User) -> None:
        draft.organisation.participations.update(until_on=date(2026, 9, 14))
        with pytest.raises(Refused, match="not registered to take part"):
            submit(draft, alice)

    def test_the_exclusions_are_declared_anew(self, draft: Application, alice: User) -> None:
        with pytest.raises(Refused, match="each of the eight"):
            submit(draft, alice, clear_of=ALL[1:])

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"title": ""}, "title of the project"),
            ({"area_id": None}, "area of activity"),
            ({"starts_on": None}, "begins"),
            ({"ends_on": date(2026, 12, 1)}, "runs 1."),
            ({"ends_on": date(2027, 12, 1)}, "runs 13"),
            ({"starts_on": date(2026, 8, 31)}, "begins before the call"),
        ],
    )
    def test_what_is_missing_or_outside_is_named(
        self, draft: Application, alice: User, fields: dict[str, Any], says: str
    ) -> None:
        Application.objects.filter(pk=draft.pk).update(**fields)
        with pytest.raises(Refused, match=says):
            submit(draft, alice)

    def test_other_areas_and_regions_are_refused(
        self, draft: Application, call: Call, alice: User
    ) -> None:
        call.areas.set(ActivityArea.objects.filter(pk="2"))
        call.regions.set(Region.objects.exclude(pk=draft.organisation.region_id)[:1])
        with pytest.raises(Refused, match=r"other areas.*other regions"):
            submit(draft, alice)

    @pytest.mark.parametrize(
        ("lines", "says"),
        [
            ([], "no line yet"),
            ([("pay", 2_162_499)], "gives from"),
            ([("pay", 12_975_001)], "gives from"),
            ([("pay", 2_699_999), ("equipment", 300_001)], "equipment and own development|10 %"),
        ],
    )
    def test_the_budget_keeps_to_the_type(
        self, draft: Application, alice: User, lines: list[tuple[str, int]], says: str
    ) -> None:
        budget = [
            Line(BudgetCategory(kind), "x", Decimal(1), Decimal(sum_)) for kind, sum_ in lines
        ]
        fresh = drafts.write_budget(draft, budget, revision=1, by=alice, at=AT)
        with pytest.raises(Refused, match=f"(?i){says}"):
            submit(fresh, alice)

    def test_a_tenth_for_equipment_is_just_right(self, draft: Application, alice: User) -> None:
        budget = [
            Line(BudgetCategory.PAY, "x", Decimal(1), Decimal(2_700_000)),
            Line(BudgetCategory.EQUIPMENT, "x", Decimal(1), Decimal(300_000)),
        ]
        fresh = drafts.write_budget(draft, budget, revision=1, by=alice, at=AT)
        assert submit(fresh, alice).amount == 3_000_000


class TestReturned:
    def test_it_is_handed_in_again_after_the_calls_end(
        self, draft: Application, alice: User
    ) -> None:
        made = submit(draft, alice)
        later = CLOSES_AT + timedelta(days=5)
        Application.objects.filter(pk=made.pk).update(state="returned", correct_by_on=later.date())
        made.refresh_from_db()
        again = submit(made, alice, later)
        assert (again.state, again.number) == ("submitted", made.number)
        assert IssuedDocument.objects.filter(number=f"{made.number}02").exists()

    def test_not_after_its_own_days(self, draft: Application, alice: User) -> None:
        made = submit(draft, alice)
        Application.objects.filter(pk=made.pk).update(
            state="returned", correct_by_on=date(2026, 10, 5)
        )
        made.refresh_from_db()
        with pytest.raises(Refused, match="has ended"):
            submit(made, alice, datetime(2026, 10, 6, 6, tzinfo=UTC))


class TestWithdraw:
    def test_it_is_taken_back_once(self, draft: Application, alice: User) -> None:
        made = submit(draft, alice)
        for _ in range(2):
            taken = applications.withdraw(made, reason="Too late for us", by=alice, at=AT)
            assert taken.state == "withdrawn"
        assert made.events.filter(to_state="withdrawn").count() == 1

    def test_a_draft_is_not_withdrawn(self, draft: Application, alice: User) -> None:
        with pytest.raises(Refused, match="cannot become"):
            applications.withdraw(draft, reason="", by=alice, at=AT)


@pytest.mark.parametrize("to", list(ApplicationState))
@pytest.mark.parametrize("state", [s for s in ApplicationState if s != "draft"])
def test_the_door_asks_the_table(state: ApplicationState, to: ApplicationState) -> None:
    row = ApplicationFactory.create(state=state)
    row.reserve_rank = 1
    row.save(update_fields=["reserve_rank"])
    if to in APPLICATION_ALLOWED[state]:
        assert applications.move_locked(row, to, by=None, at=AT).state == to
    else:
        with pytest.raises(Refused, match="cannot become"):
            applications.move_locked(row, to, by=None, at=AT)
    assert row.amount == AMOUNT
