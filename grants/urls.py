"""The pages of an organisation's people about grants, under /my/<number>/grants/."""

from django.urls import path

from grants import application_views, award_views, views

urlpatterns = [
    path("grants/papers/<str:key>/", application_views.paper, name="grants_paper"),
    path("grants/documents/<str:key>/", views.document, name="grants_document"),
    path("<str:number>/grants/", views.overview, name="grants"),
    path("<str:number>/grants/reasons/", views.reasons, name="grants_reasons"),
    path("<str:number>/grants/join/", views.join, name="grants_join"),
    path("<str:number>/grants/leave/", views.leave, name="grants_leave"),
    path("<str:number>/grants/calls/<str:call>/", views.call, name="grants_call"),
    path("<str:number>/grants/calls/<str:call>/<int:position>/", views.begin, name="grants_begin"),
    path("<str:number>/grants/<int:pk>/", application_views.application, name="grants_application"),
    path("<str:number>/grants/<int:pk>/budget/", application_views.budget, name="grants_budget"),
    path("<str:number>/grants/<int:pk>/papers/", application_views.papers, name="grants_papers"),
    path("<str:number>/grants/<int:pk>/submit/", application_views.submit, name="grants_submit"),
    path(
        "<str:number>/grants/<int:pk>/withdraw/",
        application_views.withdraw,
        name="grants_withdraw",
    ),
    path("<str:number>/grants/awards/<int:pk>/", award_views.page, name="grants_award"),
    path(
        "<str:number>/grants/awards/<int:pk>/accept/",
        award_views.accept,
        name="grants_award_accept",
    ),
    path(
        "<str:number>/grants/awards/<int:pk>/refuse/",
        award_views.refuse,
        name="grants_award_refuse",
    ),
    path(
        "<str:number>/grants/awards/<int:pk>/agreement/",
        award_views.agreement,
        name="grants_agreement",
    ),
    path(
        "<str:number>/grants/awards/<int:pk>/reports/<int:position>/",
        award_views.report,
        name="grants_report",
    ),
    path("<str:number>/grants/<int:pk>/pdf/", application_views.receipt, name="grants_receipt"),
]
