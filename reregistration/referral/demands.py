"""What does a legal ground ask for, what of it is there, and what is still missing?

Returned letters are read from the dispatches, where the carrier's file recorded them, and from
the log; services from their rows; the rest from the log. Nothing from before somebody of the
organisation was last there counts: absence is one unbroken time. It was there when it had a notice
in hand, sent in an answer, or was found by an officer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from notices import addresses
from notices.models import Dispatch, Service
from notices.states import Channel, DispatchState, ServiceGround
from registry.calendar import day_of
from registry.folding import fold
from reregistration import standstill
from reregistration.models import Appeal, EvidenceItem, GroundEvidence, LegalGround, Obligation
from reregistration.referral import evidence
from reregistration.states import EvidenceKind

# Proofs that somebody of the organisation had the notice in hand, whether or not the campaign
# takes them for service. A publication serves, but it is made only because nobody was found.
REACHED = (
    ServiceGround.OPENED,
    ServiceGround.CODE_USED,
    ServiceGround.DELIVERED_TO_VERIFIED,
    ServiceGround.CARRIER_RECEIPT,
)
_WENT_OUT = (DispatchState.SENT, DispatchState.DELIVERED, DispatchState.BOUNCED)


@dataclass(frozen=True)
class Fact:
    """One thing that meets a demand: a returned letter, an entry of the log, a service."""

    kind: EvidenceKind
    on: date
    address: str = ""
    letter: Dispatch | None = None
    item: EvidenceItem | None = None
    service: Service | None = None


@dataclass(frozen=True)
class Demand:
    """One thing that a ground asks for. `missing` are sentences; none where it is met."""

    words: str
    # Empty: that the state of things has lasted long enough.
    kind: EvidenceKind | None
    minimum: int
    facts: tuple[Fact, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        return not self.missing


@dataclass
class Case:
    """What is known of one obligation's organisation, as far as grounds ask for it."""

    obligation: Obligation
    # The legal seat, as letters to it are addressed in Kazakh and in Russian.
    seats: tuple[str, str] = ("", "")
    letters: list[Dispatch] = field(default_factory=list)
    items: list[EvidenceItem] = field(default_factory=list)
    reached: list[Service] = field(default_factory=list)
    # What it sent in: objections, complaints, wishes to be heard.
    answers: list[Appeal] = field(default_factory=list)

    @property
    def seat(self) -> str:
        """As a reader of Kazakh reads it, or any other."""
        return self.seats[0 if get_language() == "kk" else 1]

    @property
    def reached_now(self) -> list[Service]:
        """Services in the present cycle by which it had a notice in hand."""
        return [row for row in self.reached if row.notice.cycle == self.obligation.cycle]

    @property
    def answered_now(self) -> list[Appeal]:
        """What it sent in in the present cycle, whatever was decided on it."""
        return [row for row in self.answers if row.cycle == self.obligation.cycle]

    @property
    def found(self) -> list[EvidenceItem]:
        """The entries of the log by which an officer met somebody of it."""
        return [row for row in self.items if row.somebody_found]

    @property
    def found_now(self) -> list[EvidenceItem]:
        """Those of the present cycle."""
        return [row for row in self.found if row.on >= self.obligation.cycle_began_on]

    @property
    def is_absent(self) -> bool:
        """Whether nothing of the present cycle shows that somebody of it is there."""
        return not (self.reached_now or self.answered_now or self.found_now)

    @property
    def there_on(self) -> date | None:
        """The last day on which somebody of it was there, in whichever cycle."""
        days = [
            *(day_of(row.served_at) for row in self.reached),
            *(day_of(row.at) for row in self.answers),
            *(row.on for row in self.found),
        ]
        return max(days, default=None)

    def counts(self, on: date) -> bool:
        """Whether a fact of that day speaks of the time since somebody was last there."""
        return self.there_on is None or on > self.there_on


def case_of(obligation: Obligation) -> Case:
    """The case of one obligation, which comes with its campaign and organisation."""
    return cases_of([obligation])[obligation.pk]


def cases_of(obligations: Sequence[Obligation]) -> dict[int, Case]:
    """The case of each obligation, by its key. A few queries, however many there are."""
    cases = {row.pk: Case(row) for row in obligations}
    by_source = {row.source: cases[row.pk] for row in obligations}
    by_organisation: dict[int, list[Case]] = defaultdict(list)
    for case in cases.values():
        by_organisation[case.obligation.organisation_id].append(case)
    for letter in _letters(by_source):
        by_source[letter.notice.source].letters.append(letter)
    for item in evidence.standing().filter(organisation__in=by_organisation):
        for case in by_organisation[item.organisation_id]:
            case.items.append(item)
    for service in _reached(by_source):
        by_source[service.notice.source].reached.append(service)
    for model in standstill.STOPPING:
        for answer in model._default_manager.filter(obligation__in=cases):
            cases[answer.obligation_id].answers.append(answer)
    seats = addresses.seats_in_writing(row.organisation for row in obligations)
    for case in cases.values():
        case.seats = seats[case.obligation.organisation_id]
    return cases


def demands(obligation: Obligation, ground: LegalGround) -> list[Demand]:
    """Each thing that the ground asks for, with what meets it or what is missing."""
    return demands_in(case_of(obligation), ground)


def demands_in(case: Case, ground: LegalGround) -> list[Demand]:
    """The same, of a case that was read already; the ground comes with its demands."""
    asked = [_judged(case, row) for row in ground.demands.all()]
    if not ground.lasting_days:
        return asked
    return [*asked, _lasting(ground, [fact for demand in asked for fact in demand.facts])]


def is_there() -> Q:
    """Whether something of the present cycle shows that somebody of the organisation is there, as
    a condition on obligations: `not Case.is_absent`, for lists."""
    cycle = OuterRef("cycle")
    services = Service.objects.filter(
        notice__source=Concat(Value("obligation:"), Cast(OuterRef("pk"), TextField())),
        notice__cycle=cycle,
        ground__in=REACHED,
    )
    found = evidence.standing().filter(
        organisation=OuterRef("organisation"),
        somebody_found=True,
        on__gte=OuterRef("cycle_began_on"),
    )
    there = Q(Exists(services)) | Q(Exists(found))
    for model in standstill.STOPPING:
        answers = model._default_manager.filter(obligation=OuterRef("pk"), cycle=cycle)
        there |= Q(Exists(answers))
    return there


def _letters(sources: Iterable[str]) -> Iterable[Dispatch]:
    return (
        Dispatch.objects.filter(
            notice__source__in=list(sources), channel=Channel.LETTER, state__in=_WENT_OUT
        )
        .select_related("notice", "batch")
        .order_by("sent_at", "pk")
    )


def _reached(sources: Iterable[str]) -> Iterable[Service]:
    return (
        Service.objects.filter(notice__source__in=list(sources), ground__in=REACHED)
        .select_related("notice", "receipt_file", "dispatch")
        .order_by("served_at", "pk")
    )


def _judged(case: Case, asked: GroundEvidence) -> Demand:
    kind = EvidenceKind(asked.kind)
    if kind == EvidenceKind.LETTER_RETURNED:
        facts, missing = _returned_letters(case)
    elif kind == EvidenceKind.PROOF_OF_SERVICE:
        facts, missing = _services(case), []
    else:
        facts, missing = _logged(case, kind), []
    if not missing and len(facts) < asked.minimum:
        missing = [
            _("There are %(there)d of at least %(minimum)d.")
            % {"there": len(facts), "minimum": asked.minimum}
            if facts
            else _("Nothing of this kind is there yet.")
        ]
    return Demand(asked.words, kind, asked.minimum, tuple(facts), tuple(missing))


def _logged(case: Case, kind: EvidenceKind) -> list[Fact]:
    return [
        Fact(kind, item.on, item.text.address, item=item)
        for item in case.items
        if item.kind == kind and case.counts(item.on)
    ]


def _services(case: Case) -> list[Fact]:
    return [
        Fact(
            EvidenceKind.PROOF_OF_SERVICE,
            day_of(row.served_at),
            row.dispatch.address if row.dispatch else "",
            service=row,
        )
        for row in case.reached_now
        if row.ground in case.obligation.campaign.service_grounds
    ]


def _returned_letters(case: Case) -> tuple[list[Fact], list[str]]:
    """The letters that came back, and of which known addresses none did.

    The newest letter to each address decides: what came back once and arrived later did arrive.
    """
    facts = _logged(case, EvidenceKind.LETTER_RETURNED)
    known_by_hand = {fact.item.dispatch_id for fact in facts if fact.item}
    by_address: dict[str, list[Dispatch]] = defaultdict(list)
    for letter in case.letters:
        by_address[_key(case, letter.address)].append(letter)
    missing = []
    if _key(case, case.seat) not in by_address | {_key(case, fact.address): None for fact in facts}:
        missing.append(
            _("No registered letter has come back from the legal seat yet: %(address)s.")
            % {"address": case.seat}
        )
    came_back = {_key(case, fact.address) for fact in facts}
    for key, letters in by_address.items():
        back = _came_back_in_a_row(case, letters)
        facts += [fact for fact in back if fact.letter and fact.letter.pk not in known_by_hand]
        if not back and key not in came_back:
            missing.append(_not_back(letters[-1]))
    return sorted(facts, key=lambda fact: fact.on), missing


def _came_back_in_a_row(case: Case, letters: Sequence[Dispatch]) -> list[Fact]:
    """The newest letters to one address, as far back as each of them came back: since the first of
    them it has been empty. A letter sent since must not make the absence begin anew."""
    facts = []
    for letter in reversed(letters):
        fact = _came_back(case, letter)
        if fact is None:
            break
        facts.append(fact)
    return facts


def _came_back(case: Case, letter: Dispatch) -> Fact | None:
    if letter.state != DispatchState.BOUNCED or letter.ended_at is None:
        return None
    on = day_of(letter.ended_at)
    if not case.counts(on):
        return None
    return Fact(EvidenceKind.LETTER_RETURNED, on, letter.address, letter=letter)


def _not_back(letter: Dispatch) -> str:
    told = {"number": letter.notice.number, "address": letter.address}
    if letter.state == DispatchState.DELIVERED:
        return _("The letter of notice %(number)s was delivered to %(address)s.") % told
    if letter.state == DispatchState.BOUNCED:
        return (
            _(
                "The letter of notice %(number)s came back from %(address)s before somebody of the "
                "organisation was last there: it does not count."
            )
            % told
        )
    return _("The letter of notice %(number)s has not come back from %(address)s.") % told


def _key(case: Case, address: str) -> str:
    """One key for one address: the seat is written in two languages, with its region or without."""
    folded = fold(address)
    street = fold(case.obligation.organisation.address)
    is_seat = folded in map(fold, case.seats) or (street and folded.endswith(street))
    return fold(case.seats[0]) if is_seat else folded


def _lasting(ground: LegalGround, facts: Sequence[Fact]) -> Demand:
    """That the first and the last fact lie so many days apart: what nobody looked at since may
    have changed, so a court would ask."""
    words = _("It has lasted at least %(days)d days") % {"days": ground.lasting_days}
    days = sorted(fact.on for fact in facts)
    if not days:
        return Demand(words, None, 1, missing=(_("No fact shows yet that it began."),))
    if (days[-1] - days[0]).days >= ground.lasting_days:
        return Demand(words, None, 1, facts=_ends(facts))
    sentence = _(
        "The first fact is of %(first)s, the last of %(last)s. One of %(on)s or later is needed."
    ) % {
        "first": date_format(days[0]),
        "last": date_format(days[-1]),
        "on": date_format(days[0] + timedelta(days=ground.lasting_days)),
    }
    return Demand(words, None, 1, facts=_ends(facts), missing=(sentence,))


def _ends(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    in_order = sorted(facts, key=lambda fact: fact.on)
    return (in_order[0], in_order[-1])
