"""The pages of a signed-in representative, under /my/."""

from django.urls import path

from reregistration import views

urlpatterns = [
    path("", views.my, name="my"),
    path("receipts/<str:number>/", views.receipt, name="receipt"),
    path("notices/<str:number>/", views.notice, name="notice"),
    path("<str:number>/<slug:campaign>/", views.obligation, name="obligation"),
    path("<str:number>/<slug:campaign>/start/", views.start, name="filing_start"),
    path("<str:number>/<slug:campaign>/filing/", views.filing, name="filing"),
    path("<str:number>/<slug:campaign>/filing/submit/", views.submit, name="filing_submit"),
]
