"""The e-mail address for news."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import addresses
from accounts.access import PersonRequest
from accounts.forms import EmailForm
from accounts.models import Profile


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def email(request: PersonRequest) -> HttpResponse:
    """Show, change or remove the address for news by e-mail."""
    profile = Profile.objects.filter(user=request.user).first()
    form = EmailForm(request.POST or None, initial={"email": profile.email if profile else ""})
    if form.is_valid():
        try:
            is_posted = addresses.change_email(
                request.user, email=form.cleaned_data["email"], now=timezone.now()
            )
        except ValidationError as refusal:
            form.add_error("email", refusal)
        else:
            told = _("Open the link in the e-mail that we send you now.") if is_posted else _("Saved.")
            messages.success(request, told)
            return redirect("accounts:email")
    page = {"form": form, "profile": profile}
    return render(request, "accounts/email.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def email_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show the address of a link and confirm it at the press of a button, signed in or not."""
    now = timezone.now()
    try:
        address = addresses.read_link(token, now=now)
        if request.method == "POST":
            addresses.confirm_email(token, now=now)
    except addresses.EmailRefused as refusal:
        return render(request, "accounts/email_confirm.html", {"error": refusal.messages[0]}, status=410)
    if request.method == "POST":
        messages.success(request, _("Your e-mail address is confirmed."))
        return redirect("home")
    return render(request, "accounts/email_confirm.html", {"address": address})
