"""Which sentences must stand in a letter of each kind, word for word?

Design.md, section 1: every letter says that this is not the state registration of a legal
entity, and whatever speaks of liquidation says that only the court decides on it. A lawyer reads
every other word; these two are never reworded by the way.
"""

from __future__ import annotations

from notices.states import ADVERSE, Kind

NOT_THE_STATE_REGISTRATION = {
    "kk": "Бұл заңды тұлғаны мемлекеттік қайта тіркеу емес.",
    "ru": "Это не государственная перерегистрация юридического лица.",
    "en": "This is not the state registration of a legal entity.",
}
ONLY_THE_COURT = {
    "kk": "Тарату туралы шешімді тек сот қабылдайды.",
    "ru": "Решение о ликвидации принимает только суд.",
    "en": "Only the court decides on liquidation.",
}
_SPEAKS_OF_LIQUIDATION = (
    *ADVERSE,
    Kind.MARK_REVERSED,
    Kind.ANSWER_RECEIVED,
    Kind.ANSWER_DECIDED,
    Kind.HEARING_SET,
    Kind.HEARING_RECORDED,
)


def required(kind: str, language: str) -> list[str]:
    """The sentences that a letter of that kind must hold."""
    sentences = [NOT_THE_STATE_REGISTRATION[language]]
    if kind in _SPEAKS_OF_LIQUIDATION:
        sentences.append(ONLY_THE_COURT[language])
    return sentences
