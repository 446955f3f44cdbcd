"""What was built on an import since, so that it cannot be undone?

Whatever refers to an organisation that it entered, in any table of any app: the keys are walked,
so that a table that is new is asked too. A model whose rows are made for whoever is in the
register says so (`follows_the_register`), and what refers to those rows is asked instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Exists, ForeignKey, Model, OuterRef, Q, QuerySet
from django.utils.functional import lazy

from registry.models import (
    BeforeImport,
    Claim,
    Contact,
    Difference,
    Extract,
    Organisation,
    RefusedRow,
    RegisterEntry,
    Representative,
    SignOfLife,
    Standing,
)
from registry.sentences import Sentence
from registry.sentences import said as _
from registry.states import EntryKind, SignKind, StandingState

# What the import itself wrote, or what is asked apart.
_APART = (
    BeforeImport,
    Contact,
    Difference,
    Organisation,
    RefusedRow,
    RegisterEntry,
    SignOfLife,
    Standing,
)
# Nothing was done in a campaign yet, or nothing is asked any more.
_AT_REST = (StandingState.DUE, StandingState.RELEASED)
_NAMED = 3
_Touch = BeforeImport.Touch


def obstacles(extract: Extract) -> list[str]:
    """Why the import cannot be undone, as sentences with counts and the first names."""
    if extract.undone_at:
        return [_("This import was undone already. Reload the page.")]
    later = Extract.objects.in_force().filter(pk__gt=extract.pk).order_by("-pk").first()
    if later:
        return [
            _("A later import stands on it: that of %(extract)s. Undo that one first.")
            % {"extract": str(later)}
        ]
    if not extract.before.exists() and extract.new + extract.changed + extract.unchanged:
        return [
            _(
                "What the register held before this import is not kept any more. Correct single "
                "organisations by a newer extract."
            )
        ]
    return [
        _("%(what)s: %(count)s organisations (%(numbers)s). It stands on this import.")
        % {"what": _capital(what), "count": count, "numbers": numbers}
        for what, count, numbers in _found(extract)
    ]


def lines_of(extract: Extract) -> QuerySet[RegisterEntry]:
    """The lines that the import wrote."""
    return RegisterEntry.objects.filter(
        source=f"extract:{extract.as_of_on.isoformat()}", at=extract.imported_at
    )


def signs_of(extract: Extract) -> QuerySet[SignOfLife]:
    """The signs of life that the import noted."""
    return SignOfLife.objects.filter(kind=SignKind.EMPLOYEES, reference=f"extract:{extract.pk}")


def _found(extract: Extract) -> Iterator[tuple[str, int, str]]:
    entered = _touched(extract, _Touch.ENTERED)
    changed = _touched(extract, _Touch.CHANGED)
    for label, rows, path in (
        *_later_lines(extract),
        *_of_people(extract, changed),
        *_of_standing(extract, entered, changed),
        *_of_entered(entered),
    ):
        organisations = Organisation.objects.filter(pk__in=rows.values(path)).order_by("number")
        if count := organisations.count():
            first = list(organisations.values_list("number", flat=True)[:_NAMED])
            more = ["…"] if count > _NAMED else []
            yield label, count, ", ".join(first + more)


_Asked = Iterator[tuple[Any, QuerySet[Any], str]]


def _later_lines(extract: Extract) -> _Asked:
    """Filings accepted, corrections by hand, merges, courts: a line on what it wrote."""
    of_import = lines_of(extract).filter(
        organisation=OuterRef("organisation"), pk__lt=OuterRef("pk")
    )
    touched = extract.before.exclude(touch=_Touch.SEEN).values("organisation")
    later = RegisterEntry.objects.filter(Exists(of_import), organisation__in=touched)
    # What other imports wrote, and the undoing of them, is not built on this one.
    later = later.exclude(kind__in=[EntryKind.CHANGED, EntryKind.REVERTED, EntryKind.TAKEN_OUT])
    for kind in later.order_by().values_list("kind", flat=True).distinct():
        yield EntryKind(kind).label, later.filter(kind=kind), "organisation"


def _of_people(extract: Extract, changed: QuerySet[Any]) -> _Asked:
    """Who came by an address that it changed."""
    since = extract.imported_at
    verified = Contact.objects.filter(
        organisation__in=extract.before.exclude(touch=_Touch.SEEN).values("organisation"),
        verified_at__gte=since,
    )
    claims = Claim.objects.filter(organisation__in=changed, opened_at__gte=since)
    people = Representative.objects.filter(organisation__in=changed, from_at__gte=since)
    yield _("addresses that somebody verified"), verified, "organisation"
    yield Claim._meta.verbose_name_plural, claims, "organisation"
    yield Representative._meta.verbose_name_plural, people, "organisation"


def _of_standing(extract: Extract, entered: QuerySet[Any], changed: QuerySet[Any]) -> _Asked:
    acted_on = Standing.objects.filter(organisation__in=entered).exclude(state__in=_AT_REST)
    released = Standing.objects.filter(
        organisation__in=changed,
        state=StandingState.RELEASED,
        since_at__gte=extract.imported_at,
    )
    yield _("steps in a campaign"), acted_on, "organisation"
    yield _("released from a campaign since"), released, "organisation"


def _of_entered(entered: QuerySet[Any]) -> _Asked:
    others = SignOfLife.objects.filter(organisation__in=entered).exclude(
        kind=SignKind.EMPLOYEES, reference__startswith="extract:"
    )
    yield SignOfLife._meta.verbose_name_plural, others, "organisation"
    for model, path in _keys(Organisation, ""):
        rows = model._default_manager.filter(Q(**{f"{path}__in": entered}))
        yield model._meta.verbose_name_plural, rows, path


def _keys(to: type[Model], path: str) -> Iterator[tuple[type[Model], str]]:
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignKey) or field.related_model is not to:
                continue
            further = f"{field.name}__{path}" if path else field.name
            if getattr(model, "follows_the_register", False):
                yield from _keys(model, further)
            elif model not in _APART:
                yield model, further


def _touched(extract: Extract, touch: str) -> QuerySet[Any]:
    return extract.before.filter(touch=touch).values("organisation")


def _said(text: Any) -> str:
    words = _(text.msgid) if isinstance(text, Sentence) else str(text)
    return words[:1].upper() + words[1:]


# Evaluated when it is said, in the language of then.
_capital = lazy(_said, str)
