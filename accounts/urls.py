"""Sign-in, the person's own pages, and the second factor."""

from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import include, path
from django.views.generic import RedirectView

from accounts.access import open_without_second_factor
from accounts.views import email, messages, person, second_factor, sign_in, texts

_pages = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-in/again/", sign_in.sign_in_again, name="sign_in_again"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("profile/", person.profile, name="profile"),
    path("news/", email.email, name="email"),
    path("news/confirm/<str:token>/", email.email_confirm, name="email_confirm"),
    path("messages/", messages.message_list, name="message_list"),
    path("messages/texts/", texts.message_texts, name="message_texts"),
    path(
        "messages/texts/<slug:template>/<slug:channel>/<slug:language>/",
        texts.message_text_edit,
        name="message_text_edit",
    ),
    path("messages/<int:pk>/settle/", messages.message_settle, name="message_settle"),
    path("consents/", person.consent_list, name="consents"),
    path("consents/<int:record_id>/", person.consent_detail, name="consent_detail"),
    path("consents/<slug:scope>/withdraw/", person.consent_withdraw, name="consent_withdraw"),
    path("second-factor/", second_factor.second_factor, name="second_factor"),
]


def _to(name: str) -> Callable[..., HttpResponseBase]:
    return open_without_second_factor(RedirectView.as_view(pattern_name=name))


# The names by which allauth finds its pages. Its pages for e-mail and passwords have no address here.
_allauth_pages = [
    path("login/", _to("accounts:sign_in"), name="account_login"),
    path("second-factor/overview/", _to("accounts:second_factor"), name="mfa_index"),
    path("second-factor/show/", second_factor.show, name="mfa_authenticate"),
    path("second-factor/again/", second_factor.show_again, name="mfa_reauthenticate"),
    path("second-factor/set-up/", second_factor.set_up, name="mfa_activate_totp"),
    path("second-factor/remove/", second_factor.remove, name="mfa_deactivate_totp"),
    path("second-factor/codes/", second_factor.recovery_codes, name="mfa_view_recovery_codes"),
    path("second-factor/codes/new/", second_factor.new_recovery_codes, name="mfa_generate_recovery_codes"),
]

urlpatterns = [
    path("", include((_pages, "accounts"))),
    path("", include(_allauth_pages)),
]
