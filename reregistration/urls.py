"""The pages of a signed-in representative, under /my/."""

from django.urls import include, path

from reregistration import (
    attachment_views,
    case_views,
    document_views,
    form_views,
    hearing_views,
    question_views,
    signature_views,
    views,
    writings,
)

urlpatterns = [
    path("", include("reregistration.acting.urls")),
    path("receipts/<str:number>/", views.receipt, name="receipt"),
    path("receipts/<str:number>/pdf/", document_views.receipt, name="receipt_pdf"),
    path("receipts/<str:number>/certificate/", document_views.certificate, name="certificate_pdf"),
    path("notices/<str:number>/", views.notice, name="notice"),
    path("receipts/<str:number>/signature/", signature_views.signature, name="signature"),
    path("receipts/<str:number>/to-sign/", signature_views.to_sign, name="to_sign"),
    path("files/<str:key>/", attachment_views.file, name="file"),
    path("notices/<str:number>/pdf/", document_views.notice, name="notice_pdf"),
    path("<str:number>/notices/", document_views.notices, name="notices"),
    path("<str:number>/questions/", question_views.asked, name="questions"),
    path("<str:number>/questions/<int:pk>/", question_views.thread, name="question"),
    path("<str:number>/<slug:campaign>/", views.obligation, name="obligation"),
    path("<str:number>/<slug:campaign>/start/", form_views.start, name="filing_start"),
    path("<str:number>/<slug:campaign>/filing/", form_views.filing, name="filing"),
    path(
        "<str:number>/<slug:campaign>/filing/attachments/",
        attachment_views.filing_attachments,
        name="filing_attachments",
    ),
    path("<str:number>/<slug:campaign>/filing/submit/", form_views.submit, name="filing_submit"),
    path(
        "<str:number>/<slug:campaign>/filing/<slug:code>/",
        form_views.section,
        name="filing_section",
    ),
    *(
        path(f"<str:number>/<slug:campaign>/{name}/", case_views.writing, {"name": name}, name=name)
        for name in writings.ALL
    ),
    path(
        "<str:number>/<slug:campaign>/hearings/<str:wish>/day/",
        hearing_views.day,
        name="hearing_day",
    ),
    path(
        "<str:number>/<slug:campaign>/hearings/<str:wish>/minutes/",
        hearing_views.minutes,
        name="hearing_minutes",
    ),
    path(
        "<str:number>/<slug:campaign>/hearings/<str:wish>/minutes/document/",
        hearing_views.document,
        name="hearing_minutes_document",
    ),
    path(
        "<str:number>/<slug:campaign>/answers/<str:answer>/document/",
        case_views.document,
        name="answer_document",
    ),
]
