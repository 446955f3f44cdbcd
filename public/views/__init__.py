"""The public pages."""

from public.views.campaigns import campaign
from public.views.home import home
from public.views.organisations import organisation, organisations
from public.views.why import why

__all__ = ["campaign", "home", "organisation", "organisations", "why"]
