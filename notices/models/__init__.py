"""Notice, Dispatch and Service are three things: the text, its sending, and the proof."""

from notices.models.codes import ClaimCode
from notices.models.dispatches import Dispatch, LetterBatch, ReceiptFile
from notices.models.notices import IssuedDocument, Notice, NoticeTemplate, NoticeText
from notices.models.pacing import Pause, Wave
from notices.models.reports import DeclinedAddress, DeliveryReport, DispatchDecision
from notices.models.services import Service

__all__ = [
    "ClaimCode",
    "DeclinedAddress",
    "DeliveryReport",
    "Dispatch",
    "DispatchDecision",
    "IssuedDocument",
    "LetterBatch",
    "Notice",
    "NoticeTemplate",
    "NoticeText",
    "Pause",
    "ReceiptFile",
    "Service",
    "Wave",
]
