"""Which variables may a letter of each kind use, and how are they written in its language?

The closed list. A caller gives each of the kind's variables in `Draft.variables` as text:
- a name alone (`days_left`) where the value is the same in every language;
- the name with a language (`campaign_kk`, `campaign_ru`, `campaign_en`) for what is SPOKEN;
- an ISO date for a name that ends in `_on`, an ISO moment for one that ends in `_at`: both are
  written out in the letter's language, the moment in Almaty's time.
Those of COMMON are filled in by `notice.register` itself, and so is `claim_code`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache

from django.utils import translation

from notices.states import DECISIONS, Kind
from registry.calendar import ALMATY

COMMON = frozenset({"number", "made_on", "organisation", "organisation_number", "portal_url"})
SPOKEN = frozenset(
    {
        "campaign",
        "body",
        "legal_base",
        "reasons",
        "reason",
        "answer",
        "outcome",
        "changes",
        "stated",
        "position",
        "role",
        "change",
        "receiving_body",
        "decision",
        "complaint_outcome",
        "hearing_held",
        "ground",
        "article",
        "signatory",
        "remedy",
        "remedy_term",
        "file_to",
        "call",
        "amount",
        "report",
    }
)

_EACH = frozenset({"campaign", "body"})
_CAMPAIGN_LETTER = _EACH | {"legal_base", "due_on"}
# What a decision must name, or it would not hold: its ground, who decided, what one may do against
# it, by when, and where.
OF_A_DECISION = frozenset({"legal_base", "signatory", "remedy", "remedy_term", "file_to"})
# Of a grant; `body` is who pays it, `report` says which report it is.
_GRANT = frozenset({"body", "award_number", "project"})
_GRANT_REPORT = _GRANT | {"report", "period_from_on", "period_until_on", "report_due_on"}
_OWN: dict[str, frozenset[str]] = {
    Kind.ANNOUNCEMENT: _CAMPAIGN_LETTER | {"claim_code"},
    Kind.REMINDER: _CAMPAIGN_LETTER | {"days_left"},
    Kind.OVERDUE: _CAMPAIGN_LETTER | {"grace_ends_on"},
    # `decision_after_days` runs from the day on which this letter is served, as `answer_days` does.
    Kind.FINAL_WARNING: _CAMPAIGN_LETTER | {"grace_ends_on", "grace_days", "decision_after_days"},
    Kind.PRELIMINARY_DECISION: _CAMPAIGN_LETTER | {"answer_days"},
    Kind.MARKED: _CAMPAIGN_LETTER | {"marked_on"},
    Kind.MARK_REVERSED: _CAMPAIGN_LETTER | {"marked_on", "reversed_on", "reason"},
    # `receiving_body` is the body that may go to court.
    Kind.REFERRED: _CAMPAIGN_LETTER | {"referred_on", "receiving_body"},
    Kind.REFERRAL_WITHDRAWN: _EACH
    | {"receiving_body", "referral_number", "referred_on", "reason", "withdrawn_on"},
    # `complaint_outcome` is empty until it is decided.
    Kind.REFERRAL_CONTESTED: _EACH
    | {
        "receiving_body",
        "referral_number",
        "referred_on",
        "answer_number",
        "received_at",
        "complaint_outcome",
    },
    # `decision` is the court's, in a few words.
    Kind.COURT_DECIDED: _EACH
    | {"legal_base", "decision", "court", "case_number", "decided_on", "in_force_on"},
    Kind.RESTORED: _CAMPAIGN_LETTER | {"court", "case_number", "decided_on"},
    Kind.RECEIPT: _EACH | {"filing_number", "filed_at", "fingerprint"},
    # `reasons` are lines of text; `note` is the reviewer's own words and may be empty.
    Kind.RETURNED: _EACH | {"filing_number", "due_on", "reasons", "note"},
    # `ground` is what the law calls it, `article` where it stands.
    Kind.REFUSED: _EACH | {"filing_number", "ground", "article", "decision_text"},
    Kind.ACCEPTED: _EACH | {"filing_number", "accepted_on"},
    # `decision_text` says why, in the words of who proposed it or decided on the complaint.
    Kind.REOPENED: _EACH | {"filing_number", "due_on", "decision_text"},
    Kind.REFUSAL_LIFTED: _EACH | {"filing_number", "legal_base", "decision_text", "signatory"},
    Kind.RELEASED: _EACH | {"reason"},
    Kind.EXTENDED: _EACH | {"due_on", "days"},
    # `former_due_on` is this organisation's own date before.
    Kind.DUE_DATE_MOVED: _CAMPAIGN_LETTER | {"former_due_on", "moved_on"},
    # `answer` names what was sent in: an objection, a complaint, a wish to be heard.
    Kind.ANSWER_RECEIVED: _EACH | {"answer", "answer_number", "received_at", "decision_by_on"},
    Kind.ANSWER_DECIDED: _EACH | {"answer", "answer_number", "outcome", "decision_text"},
    # `hearing_place` is a place, a video link, or both; the hour is Almaty's.
    Kind.HEARING_SET: _EACH | {"answer_number", "hearing_on", "hearing_time", "hearing_place"},
    # `hearing_held` says whether the organisation came.
    Kind.HEARING_RECORDED: _EACH
    | {"answer_number", "hearing_on", "hearing_held", "minutes_text", "remark_until_on"},
    # `changes` are lines that name what changed, never the new value.
    Kind.CONTACTS_CHANGED: _EACH | {"filing_number", "filed_at", "changes"},
    Kind.CLOSURE_STATED: _EACH | {"filing_number", "filed_at", "stated", "days"},
    # `counts_on` is the day from which it counts: the postmark's.
    Kind.PAPER_FILED: _EACH
    | {"filing_number", "paper_received_on", "counts_on", "contest_until_on"},
    # `question` is the thread's subject; a question may concern no campaign.
    Kind.QUESTION_ANSWERED: frozenset({"question", "answer_text"}),
    Kind.CLAIM_CODE: frozenset({"claim_code", "claimant", "expires_at"}),
    Kind.CLAIM_OPENED: frozenset({"claimant", "position", "object_until_on"}),
    # `note` is the ministry's own words and may be empty.
    Kind.CLAIM_DECIDED: frozenset({"outcome", "note"}),
    Kind.INVITATION: frozenset({"inviter", "role", "token", "expires_at"}),
    Kind.PEOPLE_CHANGED: frozenset({"change", "changed_by"}),
    Kind.GRANT_OFFERED: _GRANT | {"call", "amount", "accept_by_on"},
    Kind.GRANT_REPORT_DUE: _GRANT_REPORT,
    Kind.GRANT_REPORT_OVERDUE: _GRANT_REPORT,
    # `report_words` are the operator's own.
    Kind.GRANT_REPORT_RETURNED: _GRANT_REPORT | {"report_words"},
}

VARIABLES: dict[str, frozenset[str]] = {
    kind: names | OF_A_DECISION if kind in DECISIONS else names for kind, names in _OWN.items()
}

# Values that a caller may give as an empty text: a letter must read well without them.
MAY_BE_EMPTY = frozenset({"note", "complaint_outcome"})
# What opens a door for whoever reads it: never in a subject or a text message, which a locked
# phone shows to anybody.
SECRETS = frozenset({"claim_code", "token"})

_ALWAYS = frozenset({"number", "organisation", "portal_url"})
_MAY_BE_LEFT_OUT: dict[str, frozenset[str]] = {
    # The date itself stands beside each of these.
    Kind.REMINDER: frozenset({"days_left"}),
    Kind.FINAL_WARNING: frozenset({"grace_days"}),
    Kind.EXTENDED: frozenset({"days"}),
    Kind.CLAIM_OPENED: frozenset({"position"}),
}
# What a letter of each kind must say to be of use, and to hold: without the day, the legal base or
# the body to write to, whoever gets it cannot answer in time. Nobody approves a text without them.
REQUIRED: dict[str, frozenset[str]] = {
    kind: _ALWAYS | (names - _MAY_BE_LEFT_OUT.get(kind, frozenset()))
    for kind, names in VARIABLES.items()
}
# Kinds whose wording also says it in few words, for a phone; these words name the letter, and
# where the portal is, so that nobody has to follow a link.
WITH_SMS = (
    Kind.REMINDER,
    Kind.OVERDUE,
    Kind.FINAL_WARNING,
    Kind.PRELIMINARY_DECISION,
    Kind.MARKED,
    Kind.MARK_REVERSED,
    Kind.REFERRED,
    Kind.RESTORED,
    Kind.RETURNED,
    Kind.REFUSED,
    Kind.REOPENED,
    Kind.REFUSAL_LIFTED,
    Kind.EXTENDED,
    Kind.DUE_DATE_MOVED,
    Kind.ANSWER_DECIDED,
    Kind.HEARING_SET,
    Kind.CLOSURE_STATED,
    Kind.PAPER_FILED,
    Kind.CONTACTS_CHANGED,
    Kind.GRANT_OFFERED,
    Kind.GRANT_REPORT_DUE,
    Kind.GRANT_REPORT_RETURNED,
)
REQUIRED_IN_SMS = frozenset({"number", "portal_url"})

_MONTHS = {
    "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "en": "January February March April May June July August September October November December",
}
_DATES = {
    "kk": "{year} жылғы {day} {month}",
    "ru": "{day} {month} {year} года",
    "en": "{day} {month} {year}",
}


def written_out(kind: str, given: Mapping[str, str], language: str) -> dict[str, str]:
    """The variables of that kind as a letter in that language shows them.

    Raises ValueError where the caller left one out: no letter goes out with a gap.
    """
    return {name: _value(kind, name, given, language) for name in VARIABLES[kind]}


def allowed(kind: str) -> frozenset[str]:
    """Every variable that a text of that kind may use; a subject and an SMS, all but SECRETS."""
    return COMMON | VARIABLES[kind]


def in_languages(name: str, words: Callable[[], object]) -> dict[str, str]:
    """A SPOKEN variable in three languages, from words that gettext knows."""
    spoken = {}
    for language in _DATES:
        with translation.override(language):
            spoken[f"{name}_{language}"] = str(words())
    return spoken


def _value(kind: str, name: str, given: Mapping[str, str], language: str) -> str:
    key = f"{name}_{language}" if name in SPOKEN else name
    if key not in given:
        raise ValueError(f"A notice of kind {kind} needs the variable {key}.")
    if name.endswith("_on"):
        return date_in(language, given[key])
    if name.endswith("_at"):
        return moment_in(language, given[key])
    return given[key]


@lru_cache(maxsize=1024)
def date_in(language: str, iso: str) -> str:
    """1 December 2026, as the language writes it."""
    on = date.fromisoformat(iso)
    month = _MONTHS[language].split()[on.month - 1]
    return _DATES[language].format(day=on.day, month=month, year=on.year)


def moment_in(language: str, iso: str) -> str:
    """The day and the time to the second in Almaty."""
    at = datetime.fromisoformat(iso).astimezone(ALMATY)
    return f"{date_in(language, at.date().isoformat())}, {at:%H:%M:%S} (UTC+5)"
