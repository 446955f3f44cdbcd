"""The pages of a person's account that stand beside allauth's."""

from allauth.account import views as allauth_views
from django.urls import path

from accounts import language, views

urlpatterns = [
    path("security/", views.security, name="account_security"),
    path("second-factor/", views.explain_second_factor, name="second_factor"),
    path("sign-out-everywhere/", views.sign_out_everywhere, name="sign_out_everywhere"),
    path("language/", language.choose, name="choose_language"),
    # allauth gives these addresses only where people sign up by phone.
    path("phone/change/", allauth_views.change_phone, name="account_change_phone"),
    path("phone/verify/", allauth_views.verify_phone, name="account_verify_phone"),
]
