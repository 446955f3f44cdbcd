"""Staff reach nothing by one proof alone, however their session was made."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from accounts import second_factor
from accounts.models import User
from accounts.roles import Role
from config.desk import Desk
from tests.clients import Browser
from tests.factories.accounts import UserFactory, staff_member

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-enough-password"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
DESK = "/admin/"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def reviewer() -> User:
    user = staff_member(Role.REVIEWER, "reviewer@ministry.example")
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def plain() -> Client:
    """Django's own client: being signed in by force proves nothing."""
    return Client()


def by_password(client: Client, user: User) -> str:
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return str(answer["Location"])


def code(user: User) -> str:
    return second_factor.app_code(user, time.time())[0]


class TestWithoutASecondFactor:
    @pytest.mark.parametrize("address", [DESK, "/admin/accounts/user/", "/en/my/", "/en/"])
    def test_every_page_leads_to_setting_one_up(
        self, plain: Client, reviewer: User, address: str
    ) -> None:
        plain.force_login(reviewer)
        assert plain.get(address)["Location"] == reverse("second_factor")

    def test_the_page_says_why_and_what_to_do(self, plain: Client, reviewer: User) -> None:
        plain.force_login(reviewer)
        page = plain.get(reverse("second_factor")).content.decode()
        assert reverse("mfa_activate_totp") in page
        assert reverse("mfa_add_webauthn") in page

    @pytest.mark.parametrize(
        "name", ["mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_email"]
    )
    def test_the_way_to_one_is_open(self, plain: Client, reviewer: User, name: str) -> None:
        reviewer.set_unusable_password()
        reviewer.save()
        plain.force_login(reviewer)
        assert plain.get(reverse(name)).status_code == 200

    def test_signing_out_is_open(self, plain: Client, reviewer: User) -> None:
        plain.force_login(reviewer)
        plain.post(reverse("account_logout"))
        assert "_auth_user_id" not in plain.session

    def test_nobody_else_is_asked_for_one(self, plain: Client, alice: User) -> None:
        plain.force_login(alice)
        assert plain.get(reverse("my")).status_code == 200

    def test_a_visitor_is_not_asked_and_gets_no_session(self, plain: Client) -> None:
        answer = plain.get("/api/v1/organisations/")
        assert answer.status_code == 200
        assert "Cookie" not in answer.headers.get("Vary", "")


class TestSettingUpAnApp:
    def test_leads_to_the_desk_once_the_app_has_shown_a_code(
        self, plain: Client, reviewer: User
    ) -> None:
        reviewer.set_unusable_password()
        reviewer.save()
        plain.force_login(reviewer)
        page = plain.get(reverse("mfa_activate_totp"))
        secret = page.context["form"].secret
        assert secret in page.content.decode()
        shown = second_factor.code_of(secret, time.time())
        answer = plain.post(reverse("mfa_activate_totp"), {"code": shown})
        assert answer["Location"] == reverse("mfa_view_recovery_codes")
        # Set up, and not yet proven by this session.
        prove = plain.get(DESK)["Location"]
        assert prove.startswith(reverse("mfa_reauthenticate"))
        assert plain.post(prove, {"code": code(reviewer)})["Location"] == DESK
        assert plain.get(DESK).status_code == 200

    def test_the_secret_does_not_lie_open_in_the_database(self, reviewer: User) -> None:
        second_factor.give_app(reviewer, SECRET)
        assert SECRET not in str(Authenticator.objects.get().data)

    def test_a_secret_is_read_after_the_key_was_changed(
        self, reviewer: User, settings: Settings
    ) -> None:
        second_factor.give_app(reviewer, SECRET)
        before = second_factor.app_code(reviewer, 59)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "the-next-key"
        assert second_factor.app_code(reviewer, 59) == before

    def test_an_app_is_given_once(self, reviewer: User) -> None:
        for _ in range(2):
            second_factor.give_app(reviewer, SECRET)
        assert Authenticator.objects.count() == 1


class TestSigningIn:
    def test_by_password_and_app_reaches_the_desk(self, plain: Client, reviewer: User) -> None:
        second_factor.give_app(reviewer, SECRET)
        assert by_password(plain, reviewer) == reverse("mfa_authenticate")
        assert plain.get(DESK).status_code == 302
        answer = plain.post(reverse("mfa_authenticate"), {"code": code(reviewer)})
        assert answer["Location"] == reverse("admin:index")
        assert plain.get(DESK).status_code == 200

    def test_a_wrong_code_reaches_nothing(self, plain: Client, reviewer: User) -> None:
        second_factor.give_app(reviewer, SECRET)
        by_password(plain, reviewer)
        right = code(reviewer)
        wrong = f"{(int(right) + 1) % 1_000_000:06}"
        answer = plain.post(reverse("mfa_authenticate"), {"code": wrong})
        assert answer.status_code == 200
        assert "_auth_user_id" not in plain.session

    def test_a_code_is_used_once(self, plain: Client, reviewer: User) -> None:
        second_factor.give_app(reviewer, SECRET)
        shown = code(reviewer)
        by_password(plain, reviewer)
        plain.post(reverse("mfa_authenticate"), {"code": shown})
        other = Client()
        by_password(other, reviewer)
        other.post(reverse("mfa_authenticate"), {"code": shown})
        assert "_auth_user_id" not in other.session

    def test_a_recovery_code_counts_once(self, plain: Client, reviewer: User) -> None:
        second_factor.give_app(reviewer, SECRET)
        spare = RecoveryCodes.activate(reviewer).get_unused_codes()[0]
        by_password(plain, reviewer)
        plain.post(reverse("mfa_authenticate"), {"code": spare})
        assert plain.get(DESK).status_code == 200
        other = Client()
        by_password(other, reviewer)
        other.post(reverse("mfa_authenticate"), {"code": spare})
        assert other.get(DESK).status_code == 302

    def test_the_admins_own_form_is_not_shown(self, plain: Client) -> None:
        answer = plain.get("/admin/login/", {"next": "/admin/accounts/user/"})
        assert answer["Location"].startswith(reverse("account_login"))
        assert "admin/accounts/user" in answer["Location"]

    def test_the_admins_own_form_takes_no_password(self, plain: Client, reviewer: User) -> None:
        plain.post("/admin/login/", {"username": reviewer.email, "password": PASSWORD})
        assert "_auth_user_id" not in plain.session

    def test_whoever_is_no_staff_is_told_at_the_desk(self, plain: Client, alice: User) -> None:
        plain.force_login(alice)
        assert plain.get(DESK, follow=True).status_code == 403


class TestSessions:
    @pytest.mark.parametrize(("hours", "status"), [(11.9, 200), (12.1, 302)])
    def test_of_staff_last_a_working_day(
        self, client: Browser, reviewer: User, hours: float, status: int
    ) -> None:
        client.force_login(reviewer)
        client.prove_second_factor(reviewer, time.time() - hours * 3600)
        assert client.get(DESK).status_code == status
        assert ("_auth_user_id" in client.session) is (status == 200)

    def test_the_proof_of_another_person_is_none(self, client: Browser, reviewer: User) -> None:
        client.force_login(reviewer)
        client.prove_second_factor(UserFactory.create(), time.time())
        assert client.get(DESK).status_code == 302

    def test_a_password_is_no_second_factor(self, client: Browser, reviewer: User) -> None:
        client.force_login(reviewer)
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session.save()
        assert client.get(DESK).status_code == 302

    def test_the_desk_itself_refuses_without_the_middleware(
        self, rf: RequestFactory, reviewer: User
    ) -> None:
        request = rf.get(DESK)
        request.user, request.session = reviewer, Client().session
        assert not Desk().has_permission(request)
        with pytest.raises(PermissionDenied):
            Desk().login(request)

    def test_everything_goes_on_for_whoever_proved_one(
        self, client: Browser, reviewer: User
    ) -> None:
        client.force_login(reviewer)
        assert client.get(DESK).status_code == 200


class TestSigningOutEverywhere:
    def test_ends_the_other_sessions_and_not_this_one(self, client: Browser, alice: User) -> None:
        alice.set_unusable_password()
        alice.save()
        elsewhere = Client()
        for browser in (client, elsewhere):
            browser.force_login(alice)
        for _ in range(2):
            client.post(reverse("sign_out_everywhere"))
        assert client.get(reverse("account_security")).status_code == 200
        assert elsewhere.get(reverse("account_security")).status_code == 302

    def test_leaves_other_people_alone(self, client: Browser, alice: User, charlie: User) -> None:
        alice.set_unusable_password()
        alice.save()
        elsewhere = Client()
        elsewhere.force_login(charlie)
        client.force_login(alice)
        client.post(reverse("sign_out_everywhere"))
        assert elsewhere.get(reverse("account_security")).status_code == 200

    def test_a_new_password_ends_them_too(self, client: Browser, alice: User) -> None:
        alice.end_sessions()
        client.force_login(alice)
        alice.set_password(PASSWORD)
        alice.save()
        assert client.get(reverse("account_security")).status_code == 302

    def test_a_link_cannot_do_it(self, client: Browser, alice: User) -> None:
        client.force_login(alice)
        assert client.get(reverse("sign_out_everywhere")).status_code == 405


@pytest.mark.parametrize("name", ["account_security", "mfa_index", "second_factor"])
def test_a_visitor_is_led_to_signing_in(plain: Client, name: str) -> None:
    assert plain.get(reverse(name))["Location"].startswith(reverse("account_login"))


def test_a_new_passkey_signs_in_by_itself_unless_told_otherwise(plain: Client, alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    plain.force_login(alice)
    page = plain.get(reverse("mfa_add_webauthn")).content.decode()
    assert 'name="passwordless"' in page
    assert "checked" in page.partition('name="passwordless"')[2].partition(">")[0]
