"""Addresses of the API, version 1."""

from django.urls import path

from public.api.views import OrganisationDetail, OrganisationList

urlpatterns = [
    path("organisations/", OrganisationList.as_view(), name="api_organisations"),
    path("organisations/<str:number>/", OrganisationDetail.as_view(), name="api_organisation"),
]
