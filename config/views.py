"""The pages that belong to no app: home, health, the demo's door and the specimen of the design."""

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import STAFF_ROLES, Role, has_role, open_without_second_factor, roles_of
from accounts.adapter import next_page, sign_in_for_demo
from config.demo.cast import demo_doors
from config.desk_home import desk_stats
from config.health import run_checks
from config.home import (
    agreed_scopes,
    journey_steps,
    next_step,
    read_journey,
    read_offer,
    read_pay,
)
from config.specimen import specimen_context


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show a visitor what Duologue is, a participant the next step, staff what waits for them."""
    person, now = request.user, timezone.now()
    if not person.is_authenticated:
        return render(request, "home_visitor.html", {"offer": read_offer(language=get_language() or "")})
    roles = roles_of(person)
    if roles & STAFF_ROLES:
        return render(request, "home_desk.html", {"stats": desk_stats(person, roles=roles, now=now)})
    journey = read_journey(person, now=now)
    context = {
        "journey": journey,
        "step": next_step(journey),
        "steps": journey_steps(journey),
        "pay": read_pay(person),
        "scopes": agreed_scopes(person),
    }
    return render(request, "home_participant.html", context)


@never_cache
@require_safe
@open_without_second_factor
def health(request: HttpRequest) -> HttpResponse:
    """
    Answer 200 when every part runs and 503 when one does not.

    Anybody may ask whether it runs (a monitor has no account); which part is
    broken is shown to administrators only.
    """
    checks = run_checks(timezone.now())
    is_ok = all(check.is_ok for check in checks)
    context = {"is_ok": is_ok, "checks": checks if has_role(request.user, Role.ADMINISTRATOR) else []}
    return render(request, "health.html", context, status=200 if is_ok else 503)


@require_http_methods(["GET", "HEAD", "POST"])
@open_without_second_factor
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Let a visitor of the demo be anybody with one click (mounted under DEBUG only)."""
    if request.method == "POST":
        person = get_object_or_404(get_user_model(), pseudonym=request.POST.get("person", ""), is_active=True)
        sign_in_for_demo(request, person)
        return redirect(next_page(person))
    return render(request, "demo_sign_in.html", {"doors": demo_doors(), "roles_held": roles_of(request.user)})


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """Show every component of the design (under DEBUG only)."""
    return render(request, "design.html", specimen_context(request.GET, now=timezone.now()))
