"""The second factor of staff: allauth's pages in our dress, and the door that leads to the right one."""

from typing import Any

from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, open_without_second_factor, was_second_factor_shown
from accounts.adapter import mark_second_factor_shown

# In the session while the second factor is set up: where the person wanted to go.
WANTED = "second_factor_next"


@open_without_second_factor
@never_cache
@login_required
@require_safe
def second_factor(request: PersonRequest) -> HttpResponse:
    """Lead to setting up, to showing, or, when it was shown, to the overview of the second factor."""
    wanted = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        wanted = reverse("home")
    kinds = set(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    if Authenticator.Type.TOTP not in kinds:
        request.session[WANTED] = wanted
        return redirect("mfa_activate_totp")
    if not was_second_factor_shown(request):
        return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': wanted})}")
    has_recovery_codes = Authenticator.Type.RECOVERY_CODES in kinds
    return render(request, "accounts/second_factor.html", {"has_recovery_codes": has_recovery_codes})


class SetUpView(totp.ActivateTOTPView):
    """Set up the authenticator app. Its first right code counts as shown."""

    template_name = "accounts/second_factor_set_up.html"

    def form_valid(self, form: Form) -> HttpResponse:
        response = super().form_valid(form)
        mark_second_factor_shown(self.request, self.request.user, kind="totp")
        return response


class RecoveryCodesView(recovery.ViewRecoveryCodesView):
    """Show the recovery codes, and the way on to where the person wanted to go."""

    template_name = "accounts/second_factor_codes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wanted = self.request.session.get(WANTED, reverse("home"))
        return super().get_context_data(**kwargs) | {"wanted": wanted}


# Before the second factor nothing else is open, so the bars show no links.
_BARE = {"navigation": ()}


def _open(view: Any) -> Any:
    """Let staff open the view before the second factor; codes and secrets are never cached."""
    return open_without_second_factor(never_cache(view))


show = _open(
    base.AuthenticateView.as_view(template_name="accounts/second_factor_show.html", extra_context=_BARE)
)
show_again = _open(
    base.ReauthenticateView.as_view(template_name="accounts/second_factor_show.html", extra_context=_BARE)
)
set_up = _open(SetUpView.as_view(extra_context=_BARE))
remove = _open(totp.DeactivateTOTPView.as_view(template_name="accounts/second_factor_remove.html"))
recovery_codes = _open(RecoveryCodesView.as_view())
new_recovery_codes = _open(
    recovery.GenerateRecoveryCodesView.as_view(template_name="accounts/second_factor_new_codes.html")
)
