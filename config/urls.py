"""Where is what? Pages for people carry their language in the address; files and API do not."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

import notices.urls
import public.views
from notices import reminders, webhooks

# The one page for whoever came too often; allauth looks it up by this name.
handler429 = "accounts.limits.too_many"

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include("public.api.urls")),
    path("verify/", include(notices.urls.files)),
    path("seals.json", public.views.seals_file, name="seals_file"),
    # Mail programs post here, and follow no redirect to a language.
    path("reminders/<str:token>/", reminders.one_click, name="reminders_one_click"),
    path("anymail/<slug:provider>/tracking/", webhooks.tracking, name="mail_reports"),
]
urlpatterns += i18n_patterns(
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("verify/", include("notices.urls")),
    path("reminders/<str:token>/", reminders.reminders, name="reminders"),
    # First: else “grants” would be read as the code of a campaign.
    path("my/", include("grants.urls")),
    path("my/", include("reregistration.urls")),
    path("", include("public.urls")),
)
