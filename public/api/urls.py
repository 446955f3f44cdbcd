"""Addresses of the API, version 1."""

from django.urls import path

from public import feed
from public.api.views import OrganisationDetail, OrganisationList, SoughtList
from public.open_data import files

urlpatterns = [
    path("contact-us/", SoughtList.as_view(), name="api_contact_us"),
    path("contact-us.atom", feed.contact_us, name="contact_us_feed"),
    path("grants.json", files.grants_json, name="grants_json"),
    path("grants.csv", files.grants_csv, name="grants_csv"),
    path("organisations/", OrganisationList.as_view(), name="api_organisations"),
    path("organisations/<str:number>/", OrganisationDetail.as_view(), name="api_organisation"),
]
