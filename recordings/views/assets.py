"""Audio files of a session."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, Role, role_required
from accounts.body_limits import takes_files
from recordings import access
from recordings.assets import attach_asset
from recordings.forms import AssetForm
from recordings.models import SessionStatus


@takes_files("MAX_ASSET_BYTES")
@role_required(Role.OPERATOR, Role.MANAGER)
@require_POST
def asset_add(request: PersonRequest, key: str) -> HttpResponse:
    """Attach an audio file; with JavaScript the answer is JSON, so that the page can show progress."""
    session = access.get_session(request.user, key)
    form = AssetForm(request.POST, request.FILES)
    problems = [str(message) for errors in form.errors.values() for message in errors]
    status = 422
    if form.is_valid():
        try:
            attach_asset(session, by=request.user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as refusal:
            problems = refusal.messages
            status = 503 if getattr(refusal, "code", "") == "storage" else 422
    is_open = session.status == SessionStatus.OPEN
    page = "recordings:session_finish" if is_open else "recordings:session_detail"
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"problems": problems}, status=status if problems else 201)
    for problem in problems:
        messages.error(request, problem)
    if not problems:
        messages.success(request, _("The file is attached and is being measured."))
    return redirect(page, key)
