"""What people tell about themselves and what they agree to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import consents, people
from accounts.access import PersonRequest, Role, get_consent_record, has_role, role_required
from accounts.adapter import next_page
from accounts.forms import NameForm, ProfileForm
from accounts.models import Profile

ROWS_ON_A_PAGE = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: PersonRequest) -> HttpResponse:
    """Show and change what the person told about themselves; staff have only a name."""
    takes_part = has_role(request.user, Role.PARTICIPANT)
    told = Profile.objects.filter(user=request.user).values(*ProfileForm.base_fields).first()
    is_first_time = takes_part and not people.has_complete_profile(request.user)
    kind = ProfileForm if takes_part else NameForm
    form = kind(request.POST if request.method == "POST" else None, initial=told)
    if form.is_valid():
        try:
            if takes_part:
                people.complete_profile(request.user, now=timezone.now(), **form.cleaned_data)
            else:
                people.rename_person(request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error("birth_on", refusal)
        else:
            messages.success(request, _("Your profile is saved."))
            return redirect(next_page(request.user) if is_first_time else "accounts:profile")
    page = {"form": form, "is_first_time": is_first_time, "steps": first_steps(0) if is_first_time else None}
    return render(request, "accounts/profile.html", page, status=422 if form.errors else 200)


@role_required(Role.PARTICIPANT)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_list(request: PersonRequest) -> HttpResponse:
    """Show every scope with its text and state, take choices, list what was said before."""
    if request.method == "POST":
        return _take_choices(request)
    return _consents_page(request)


def _take_choices(request: PersonRequest) -> HttpResponse:
    shown = {key[6:]: str(value) for key, value in request.POST.items() if key.startswith("shown-")}
    is_first_time = not consents.has_decided(request.user)
    try:
        written = consents.record_choices(
            request.user,
            shown=shown,
            granted=request.POST.getlist("grant"),
            language=get_language() or "",
            now=timezone.now(),
        )
    except consents.ConsentRefused as refusal:
        messages.error(request, refusal.messages[0])
        return _consents_page(request, status=409 if refusal.code == "text_changed" else 422)
    if written:
        messages.success(request, _("Your choices are recorded."))
    return redirect("home" if is_first_time else "accounts:consents")


def _consents_page(request: PersonRequest, *, status: int = 200) -> HttpResponse:
    latest = consents.latest_acts(request.user)
    notices = consents.current_notices(get_language() or "")
    scopes = [{"notice": notice, "latest": latest.get(scope)} for scope, notice in notices.items()]
    rows = request.user.consents.select_related("notice").order_by("-id")
    page = {
        "open_scopes": [scope for scope in scopes if not _is_given(scope["latest"])],
        "given_scopes": [scope for scope in scopes if _is_given(scope["latest"])],
        "history": Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page")),
        "is_first_time": not latest,
        "steps": first_steps(1) if not latest else None,
    }
    return render(request, "accounts/consents.html", page, status=status)


def first_steps(current: int) -> list[dict[str, str]]:
    """Return the three steps of a newcomer, the one at `current` marked."""
    labels = (_("Profile"), _("Consent"), _("Sample"))
    states = ("done",) * current + ("current",) + ("todo",) * (len(labels) - current - 1)
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]


def _is_given(latest: object) -> bool:
    return getattr(latest, "act", "") == "grant"


@role_required(Role.PARTICIPANT)
@require_POST
def consent_withdraw(request: PersonRequest, scope: str) -> HttpResponse:
    """Withdraw one consent: one press, as it was given."""
    try:
        consents.withdraw_consent(request.user, scope=scope, now=timezone.now())
    except consents.ConsentRefused as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, _("You have withdrawn your consent. It holds from now on."))
    return redirect("accounts:consents")


@role_required(Role.PARTICIPANT)
@require_safe
def consent_detail(request: PersonRequest, record_id: int) -> HttpResponse:
    """Show one thing the person said, with the exact text that was shown then."""
    record = get_consent_record(request.user, record_id)
    return render(request, "accounts/consent_detail.html", {"record": record})
