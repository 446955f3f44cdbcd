"""Questions to the ministry: asked by representatives, answered by staff."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import one_person
from accounts.models import User
from accounts.refusals import Refused
from notices import notice
from notices.addresses import Address
from notices.notice import Draft
from notices.states import Channel, Kind
from registry.models import Organisation
from reregistration.models import Obligation, Question, QuestionMessage


@transaction.atomic
def ask(
    organisation: Organisation,
    *,
    subject: str,
    text: str,
    by: User,
    at: datetime,
    obligation: Obligation | None = None,
) -> Question:
    """Open a thread with its first message.

    Refuses without subject or words. Safe to repeat: the same subject and words of the same
    person, while they wait for an answer, are the same question.
    """
    subject, text = subject.strip(), text.strip()
    if not subject or not text:
        raise Refused(_("Write what your question is about, and the question itself."))
    # Under the organisation's lock, so that two clicks do not both find nothing.
    Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation.pk)
    same = organisation.questions.filter(
        opened_by=by, subject=subject, waiting_since__isnull=False, messages__text=text
    ).first()
    if same:
        return same
    question = Question.objects.create(
        organisation=organisation,
        obligation=obligation,
        subject=subject,
        opened_by=by,
        opened_at=at,
        waiting_since=at,
    )
    _say(question, text, is_from_staff=False, by=by, at=at)
    return question


@transaction.atomic
def write_again(question: Question, *, text: str, by: User, at: datetime) -> QuestionMessage:
    """Add a representative's message; a closed thread is open again.

    Refuses without words. Safe to repeat: the same words twice in a row are one message.
    """
    fresh = _lock(question)
    said = _last_if_same(fresh, text, by)
    if said:
        return said
    message = _say(fresh, text, is_from_staff=False, by=by, at=at)
    # Who waits already keeps the place in the queue.
    fresh.waiting_since = fresh.waiting_since or at
    fresh.closed_at = None
    fresh.save(update_fields=["waiting_since", "closed_at"])
    return message


@transaction.atomic
def answer(question: Question, *, text: str, by: User, at: datetime) -> QuestionMessage:
    """Answer as the ministry; whoever asked is told by e-mail with the words of the answer.

    Refuses without words, and somebody who acts for the organisation. Safe to repeat: the same
    words twice in a row are one answer and one e-mail.
    """
    fresh = _lock(question)
    said = _last_if_same(fresh, text, by)
    if said:
        return said
    acts_for_it = fresh.organisation.representatives.filter(
        user__in=one_person.of(by, at).ids, until_at__isnull=True
    )
    if acts_for_it.exists():
        raise Refused(_("You act for this organisation. Somebody else answers."))
    message = _say(fresh, text, is_from_staff=True, by=by, at=at)
    fresh.waiting_since = None
    fresh.save(update_fields=["waiting_since"])
    notice.register([_letter(fresh, message)], at=at)
    return message


@transaction.atomic
def close(question: Question, *, at: datetime) -> Question:
    """Close a thread that was answered; whoever asked may write again. Safe to repeat.

    Refuses one that waits for its answer.
    """
    fresh = _lock(question)
    if fresh.waiting_since:
        raise Refused(_("Answer the question first: somebody waits for it."))
    if fresh.closed_at is None:
        fresh.closed_at = at
        fresh.save(update_fields=["closed_at"])
    return fresh


def _lock(question: Question) -> Question:
    fresh: Question = (
        Question.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organisation", "opened_by")
        .get(pk=question.pk)
    )
    return fresh


def _last_if_same(question: Question, text: str, by: User) -> QuestionMessage | None:
    last = question.messages.order_by("-pk").first()
    return last if last and last.by_id == by.pk and last.text == text.strip() else None


def _say(
    question: Question, text: str, *, is_from_staff: bool, by: User, at: datetime
) -> QuestionMessage:
    if not text.strip():
        raise Refused(_("Write a few words."))
    return QuestionMessage.objects.create(
        question=question, text=text.strip(), is_from_staff=is_from_staff, by=by, at=at
    )


def _letter(question: Question, message: QuestionMessage) -> Draft:
    """To whoever asked, in their language; to the organisation's line if they act no longer."""
    asker = question.opened_by
    still_acts = question.organisation.representatives.filter(
        user=asker, until_at__isnull=True, user__is_active=True
    ).exists()
    return Draft(
        organisation=question.organisation,
        source=f"question:{question.pk}",
        cycle=1,
        kind=Kind.QUESTION_ANSWERED,
        occasion=f"message/{message.pk}",
        variables={"question": question.subject, "answer_text": message.text},
        language=asker.language,
        to=(Address(Channel.EMAIL, asker.email, asker.pk),) if still_acts else None,
    )
