"""The public pages."""

from public.views.campaigns import campaign
from public.views.home import home
from public.views.organisations import organisation, organisations

__all__ = ["campaign", "home", "organisation", "organisations"]
