"""The public pages."""

from public.views.awards import awards, grant_totals
from public.views.calls import call, calls
from public.views.campaigns import campaign
from public.views.home import home
from public.views.organisations import organisation, organisations
from public.views.participants import participants
from public.views.seals import check_proof, seals, seals_file
from public.views.wanted import contact_us
from public.views.why import why

__all__ = [
    "awards",
    "call",
    "calls",
    "campaign",
    "check_proof",
    "contact_us",
    "grant_totals",
    "home",
    "organisation",
    "organisations",
    "participants",
    "seals",
    "seals_file",
    "why",
]
