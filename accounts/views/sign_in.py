"""Number, code, in: sign-up and sign-in are one way. Rule: R-1, R-2."""

from datetime import datetime

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import codes, people
from accounts.access import open_without_second_factor
from accounts.adapter import finish_sign_in
from accounts.forms import CodeForm, PhoneForm
from accounts.phones import format_phone

# In the session between the two pages: {"phone", "code_id", "again_at", "next"}.
PENDING = "sign_in"


@open_without_second_factor
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the number and send a code to it."""
    if request.user.is_authenticated:
        return redirect("home")
    pending = request.session.get(PENDING)
    if request.method != "POST":
        typed = format_phone(pending["phone"]) if pending else ""
        return render(request, "accounts/sign_in.html", {"form": PhoneForm(initial={"phone": typed})})
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/sign_in.html", {"form": form}, status=422)
    try:
        _send_code(request, form.cleaned_data["phone"], next_url=_safe_next(request))
    except codes.TooManyCodes as refusal:
        if pending and pending["phone"] == form.cleaned_data["phone"]:
            messages.warning(request, refusal.messages[0])
            return redirect("accounts:sign_in_code")
        form.add_error("phone", refusal)
        return _too_many(request, form, refusal=refusal)
    return redirect("accounts:sign_in_code")


@open_without_second_factor
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code and sign in who types it."""
    pending = request.session.get(PENDING)
    if request.user.is_authenticated or not pending:
        return redirect("home" if request.user.is_authenticated else "accounts:sign_in")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            person, is_new = people.prove_phone(
                pending["phone"],
                code_id=pending["code_id"],
                typed=form.cleaned_data["code"],
                language=get_language() or "",
                now=timezone.now(),
            )
        except codes.CodeRefused as refusal:
            form.add_error("code", refusal)
        else:
            del request.session[PENDING]
            return finish_sign_in(request, person, is_new=is_new, next_url=pending["next"])
    return _code_page(request, form, status=422 if form.errors else 200)


@open_without_second_factor
@require_POST
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Send another code to the number that waits for one."""
    pending = request.session.get(PENDING)
    if not pending:
        return redirect("accounts:sign_in")
    try:
        _send_code(request, pending["phone"], next_url=pending["next"])
    except codes.TooManyCodes as refusal:
        messages.warning(request, refusal.messages[0])
    else:
        messages.success(request, _("A new code is on its way. From now on only the newest one works."))
    return redirect("accounts:sign_in_code")


@open_without_second_factor
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out and show the front page."""
    logout(request)
    return redirect("home")


def _send_code(request: HttpRequest, phone: str, *, next_url: str) -> None:
    """Send a code and remember in the session what the next page needs."""
    row = codes.request_code(
        phone,
        address=get_adapter(request).get_client_ip(request),
        language=get_language() or "",
        now=timezone.now(),
    )
    request.session[PENDING] = {
        "phone": phone,
        "code_id": row.pk,
        "again_at": codes.may_ask_again_at(row).isoformat(),
        "next": next_url,
    }


def _code_page(request: HttpRequest, form: CodeForm, *, status: int) -> HttpResponse:
    pending = request.session[PENDING]
    page = {
        "form": form,
        "phone": format_phone(pending["phone"]),
        "again_at": datetime.fromisoformat(pending["again_at"]),
    }
    return render(request, "accounts/sign_in_code.html", page, status=status)


def _too_many(request: HttpRequest, form: PhoneForm, *, refusal: codes.TooManyCodes) -> HttpResponse:
    response = render(request, "accounts/sign_in.html", {"form": form}, status=429)
    response["Retry-After"] = str(max(1, round(refusal.wait.total_seconds())))
    return response


def _safe_next(request: HttpRequest) -> str:
    """Return where the visitor wanted to go, if that is a page of ours."""
    url = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if is_ours else ""
