"""How django-allauth knows our people: by phone, signed in by our own codes, with a second factor for staff."""

from io import BytesIO
from typing import Any

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import consents, people
from accounts.access import Role, has_role
from accounts.fields import decrypt, encrypt
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by phone alone. Codes are sent by `accounts.codes`, never by allauth."""

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phone).first()

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified_at is not None) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        user.phone = phone
        user.phone_verified_at = timezone.now() if verified else None
        user.save(update_fields=["phone", "phone_verified_at"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        self.set_phone(user, phone, True)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Sign-up is our own flow; allauth's is closed."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse(next_page(request.user))

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        messages.error(request, _("This account is closed. Write to us if you think that is wrong."))
        return redirect("accounts:sign_in")

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Say nothing: our pages show what has happened."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: nobody has an e-mail address here."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """The second factor's secrets are encrypted in the database, like every other secret."""

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code dark on light, with its margin: a camera needs both in the dark theme too."""
        picture = BytesIO()
        segno.make(url).save(picture, kind="svg", scale=4, border=3, light="#fff", xmldecl=False)
        return picture.getvalue().decode()


def next_page(person: Any) -> str:
    """Return the name of the page that a signed-in person needs next: profile, consent, then home."""
    if has_role(person, Role.PARTICIPANT):
        if not people.has_complete_profile(person):
            return "accounts:profile"
        if not consents.has_decided(person):
            return "accounts:consents"
    return "home"


def finish_sign_in(request: HttpRequest, person: User, *, is_new: bool, next_url: str = "") -> HttpResponse:
    """Sign in who has proved their number, through allauth's stages: staff show the second factor there."""
    record_authentication(request, person, method="code")
    return perform_login(request, Login(user=person, signup=is_new, redirect_url=next_url or None))


def sign_in_for_demo(request: HttpRequest, person: User) -> None:
    """
    Sign the person in with the second factor counted as shown.

    Raise PermissionDenied unless DEBUG is on: it is the demo's one-click door.
    """
    if not settings.DEBUG:
        raise PermissionDenied
    AccountAdapter(request).login(request, person)
    mark_second_factor_shown(request, person, kind="demo")


def mark_second_factor_shown(request: HttpRequest, person: User, *, kind: str) -> None:
    """Note in the session that the second factor was shown just now."""
    record_authentication(request, person, method="mfa", type=kind, reauthenticated=True)
