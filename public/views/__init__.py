"""The public pages."""

from public.views.campaigns import campaign
from public.views.home import home
from public.views.organisations import organisation, organisations
from public.views.wanted import contact_us
from public.views.why import why

__all__ = ["campaign", "contact_us", "home", "organisation", "organisations", "why"]
