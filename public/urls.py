"""The public pages; their addresses are permanent."""

from django.urls import path, register_converter

from public import views


class RegisterNumber:
    regex = r"R-[0-9]{7}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class CallNumber(RegisterNumber):
    regex = r"K-[0-9]{7}"


register_converter(RegisterNumber, "register_number")
register_converter(CallNumber, "call_number")

urlpatterns = [
    path("", views.home, name="home"),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/<register_number:number>/", views.organisation, name="organisation"),
    path("grants/calls/", views.calls, name="calls"),
    path("grants/calls/<call_number:number>/", views.call, name="call"),
    path("grants/participants/", views.participants, name="participants"),
    path("grants/awards/", views.awards, name="awards"),
    path("grants/totals/", views.grant_totals, name="grant_totals"),
    path("why/", views.why, name="why"),
    path("seals/", views.seals, name="seals"),
    path("seals/check/", views.check_proof, name="check_proof"),
    path("contact-us/", views.contact_us, name="contact_us"),
    path("campaigns/<slug:code>/", views.campaign, name="campaign"),
]
