"""Questions about a call, and answers that everybody reads at the same time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refused
from grants.models import Call, CallQuestion
from registry.bin import has_iin
from registry.models import Organisation

MOST_WAITING = 10


def ask(
    call: Call, organisation: Organisation, *, text: str, by: User, at: datetime
) -> CallQuestion:
    """Ask about a call that takes applications. Refuses nothing said, and more questions of one
    organisation than anybody can answer. Safe to repeat: the same words are one question."""
    said = text.strip()
    if not said:
        raise Refused(_("Write your question."))
    if not call.takes_at(at):
        raise Refused(_("The call takes no applications now, so no questions either."))
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        waiting = call.questions.filter(organisation=organisation, published_at__isnull=True)
        same = waiting.filter(text=said).first()
        if same:
            return same
        if waiting.count() >= MOST_WAITING:
            raise Refused(_("Ten questions of yours wait for an answer. Wait for the first ones."))
        return CallQuestion.objects.create(
            call=call, organisation=organisation, text=said, by=by, at=at
        )


@transaction.atomic
def answer(
    question: CallQuestion,
    *,
    question_kk: str,
    question_ru: str,
    answer_kk: str,
    answer_ru: str,
    by: User,
    at: datetime,
) -> CallQuestion:
    """Publish a question with its answer, in both languages and without who asked.

    Refuses one that was answered: what all have read is not changed; a correction is another
    question. Refuses a missing text.
    """
    fresh = CallQuestion.objects.select_for_update(no_key=True).get(pk=question.pk)
    if fresh.published_at is not None:
        raise Refused(_("This question was answered already. What all have read stays."))
    texts = {
        "question_kk": question_kk.strip(),
        "question_ru": question_ru.strip(),
        "answer_kk": answer_kk.strip(),
        "answer_ru": answer_ru.strip(),
    }
    if not all(texts.values()):
        raise Refused(_("Question and answer are published in Kazakh and Russian: write all four."))
    if any(has_iin(said) for said in texts.values()):
        raise Refused(_("A personal number (IIN) stands in a text. Leave it out: all read it."))
    for name, said in texts.items():
        setattr(fresh, name, said)
    fresh.answered_by, fresh.published_at = by, at
    fresh.save(update_fields=[*texts, "answered_by", "published_at"])
    return fresh
