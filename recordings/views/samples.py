"""Samples as their people see them."""

import logging
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PersonRequest, Role, role_required
from accounts.body_limits import takes_files
from recordings.access import get_sample_ahead, get_sample_for, get_sample_to_play, get_upload_for
from recordings.appending import ResumeRefused
from recordings.delivery import send_sound
from recordings.forms import SampleForm
from recordings.listening import log_play
from recordings.models import PlayPurpose, Sample, SampleStatus
from recordings.resumable import make_owner_token, submit_upload
from recordings.reviews import settle_sample
from recordings.samples import submit_sample
from recordings.standing import badge_kind, describe_sample, list_figures, standing_mark
from recordings.telling import note_outcome_seen
from recordings.tries import SampleRefused, find_obstacle
from recordings.uploads import UploadRefused
from scheduling.form_keys import once_per_form_key
from scheduling.models import Project

logger = logging.getLogger(__name__)

# The header of a page that fetches the next sound while one is heard (static/js/fetch_ahead.js).
AHEAD = "Duologue-Ahead"
STATUS_OF_REFUSAL = {"empty": 422, "too_large": 413, "storage": 503, "gone": 410}


@takes_files("MAX_UPLOAD_BYTES")
@role_required(Role.PARTICIPANT)
@require_http_methods(["GET", "POST"])
@once_per_form_key
def sample_new(request: PersonRequest) -> HttpResponse:
    """Show how to record a sample, and take one."""
    if request.method != "POST":
        return _new_page(request, SampleForm())
    form = SampleForm(request.POST, request.FILES)
    if not form.is_valid():
        return _new_page(request, form, status=422)
    try:
        sample = _send(request, form)
    except (SampleRefused, UploadRefused, ResumeRefused) as refusal:
        status = STATUS_OF_REFUSAL.get(refusal.code or "", 409)
        return _new_page(request, form, error=refusal.messages[0], status=status)
    return redirect("recordings:sample_detail", sample.key)


def _send(request: PersonRequest, form: SampleForm) -> Sample:
    """Make a sample of the upload that the form names, else of the file in it."""
    now = timezone.now()
    if key := form.cleaned_data["upload"]:
        return submit_upload(get_upload_for(request.user, key), now=now)
    return submit_sample(request.user, project=_project_of(request), file=form.cleaned_data["file"], now=now)


def _new_page(
    request: PersonRequest, form: SampleForm, *, error: str = "", status: int = 200
) -> HttpResponse:
    project = _project_of(request)
    obstacle = find_obstacle(request.user, project=project, now=timezone.now())
    page = {
        "form": form,
        "project": project,
        "obstacle": {"code": obstacle.code, "words": obstacle.messages[0]} if obstacle else None,
        "error": error,
        "samples": _rows(Sample.objects.filter(person=request.user, project=project).order_by("-pk")),
        "least": f"{project.sample_min_s / 60:g}",
        "most": f"{project.sample_max_s / 60:g}",
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "owner_token": make_owner_token(request.user),
    }
    return render(request, "recordings/sample_new.html", page, status=status)


def _project_of(request: HttpRequest) -> Project:
    """Return the project that the address names, else the oldest open one. Raise Http404 when there is none."""
    projects = Project.objects.order_by("-is_open", "created_at", "pk")
    if slug := request.GET.get("project"):
        projects = projects.filter(slug=slug)
    return get_object_or_404(projects[:1])


@role_required(Role.PARTICIPANT)
@require_safe
def sample_detail(request: PersonRequest, key: str) -> HttpResponse:
    """Show where a sample stands; htmx asks with what it shows (`was`) and gets nothing while that is true."""
    now = timezone.now()
    sample = get_sample_for(request.user, key)
    if settle_sample(sample, now=now):
        sample = get_sample_for(request.user, key)
    is_part = bool(request.htmx)  # type: ignore[attr-defined]
    if is_part and request.GET.get("was") == standing_mark(sample):
        return HttpResponse(status=204)
    note_outcome_seen(sample, now=now)
    obstacle = find_obstacle(request.user, project=sample.project, now=now)
    page = {"sample": sample, "obstacle": obstacle, "is_part": is_part, **describe_sample(sample, now=now)}
    # The sound stands beside the part that is swapped, so that it plays on; it comes once, after measuring.
    page["brings_sound"] = request.GET.get("was") == SampleStatus.MEASURING or not sample.preview
    template = "recordings/_sample_live.html" if is_part else "recordings/sample_detail.html"
    return render(request, template, page)


@role_required(Role.PARTICIPANT, Role.REVIEWER, Role.LEAD_REVIEWER)  # type: ignore[arg-type]  # a streamed answer
@require_safe
def sample_preview(request: PersonRequest, key: str) -> HttpResponseBase:
    """Send the sound, or a part of it, to who may hear it now."""
    now = timezone.now()
    if AHEAD in request.headers:
        return _sound_ahead(request, get_sample_ahead(request.user, key))
    sample, purpose = get_sample_to_play(request.user, key, now=now)
    if not sample.preview:
        return HttpResponse(status=404)
    if request.method == "GET":  # before it is sent: nothing is sent that is not in the log
        log_play(sample, listener=request.user, purpose=purpose, now=now)
    return _send_sound(request, sample)


def _sound_ahead(request: PersonRequest, sample: Sample) -> HttpResponseBase:
    """
    Send the sound of a sample that comes next; nobody hears it yet, and the log says so.

    The browser keeps it for as long as a reservation runs: what it plays then
    was checked when it was fetched.
    """
    log_play(sample, listener=request.user, purpose=PlayPurpose.AHEAD, now=timezone.now())
    response = _send_sound(request, sample)
    if response.status_code == 200:  # a link to the object store is of the moment
        response["Cache-Control"] = f"private, max-age={sample.project.review_hold_minutes * 60}"
    return response


def _send_sound(request: PersonRequest, sample: Sample) -> HttpResponseBase:
    """Send the sound; a storage that is away or has lost the file is told in words."""
    try:
        return send_sound(request, sample)
    except FileNotFoundError:
        logger.error("the preview of sample %s is gone", sample.key)
        return HttpResponse(status=404)
    except OSError as fault:
        logger.warning("the sound of sample %s cannot be sent now: %s", sample.key, fault)
        words = _("The sound cannot be loaded right now. Try again in a minute.")
        return HttpResponse(words, status=503, headers={"Retry-After": "60"}, content_type="text/plain")


def _rows(samples: Iterable[Sample]) -> list[dict[str, Any]]:
    return [
        {"sample": sample, "kind": badge_kind(sample.status), **list_figures(sample)} for sample in samples
    ]
