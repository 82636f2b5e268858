"""The console: the running session, its log from the browser, and its end."""

import json
import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from recordings import access, runs
from recordings.console import (
    event_of_press,
    first_dialogue,
    flags_of,
    log_rows,
    next_topic,
    pages_of,
    read_dials,
    retakable,
)
from recordings.events import EventRefused, read_events
from recordings.forms import AbandonForm, AssetForm, FinishForm
from recordings.logs import progress_of, script_of
from recordings.models import RecordingSession, RetakeReason, SessionEventKind, SessionStatus
from recordings.shortfalls import describe_shortfall, find_shortfall, speakers_with_audio


@role_required(Role.OPERATOR, Role.MANAGER)
@require_safe
def session_console(request: PersonRequest, key: str) -> HttpResponse:
    """Show the console of a running session; one that has ended shows what is left of it."""
    session = access.get_session(request.user, key)
    if session.status != SessionStatus.OPEN:
        return redirect("recordings:session_detail", key)
    now = timezone.now()
    progress = progress_of(session, now=now)
    topics = session.prompt_set.topics if session.prompt_set else []
    dialogues = list(session.prompt_set.dialogues.all()) if session.prompt_set else []
    context = {
        "session": session,
        "booking": session.booking,
        "progress": progress,
        "dials": read_dials(progress, project=session.booking.project),
        "flags": flags_of(progress),
        "topics": topics,
        "next_topic": next_topic(progress, topics=topics),
        "number": first_dialogue(progress),
        "dialogues": pages_of(dialogues, progress=progress),
        "reasons": RetakeReason.choices,
        "retakable": retakable(progress),
        "client_id": uuid.uuid4(),
        "facts": json.dumps(_facts(session)),
    }
    return render(request, "recordings/session_console.html", context)


def _facts(session: RecordingSession) -> dict[str, object]:
    """Return what the console in the browser needs to reckon by itself while the network is away."""
    project, script = session.booking.project, script_of(session)
    return {
        "key": session.key,
        "now": int(timezone.now().timestamp() * 1000),
        "timeZone": session.booking.slot.booth.studio.city.timezone,
        "events": log_rows(session),
        "dialogueCount": script.dialogue_count,
        "lineCounts": script.line_counts,
        "freeTalkMs": project.free_talk_minutes * 60_000,
        "topicMs": project.topic_max_minutes * 60_000,
        "kinds": {kind.value: str(kind.label) for kind in SessionEventKind},
    }


@role_required(Role.OPERATOR, Role.MANAGER)
@require_POST
def session_press(request: PersonRequest, key: str) -> HttpResponse:
    """Take one event from the console's form: what its buttons do without JavaScript."""
    session = access.get_session(request.user, key)
    now = timezone.now()
    fields = {name: str(value) for name, value in request.POST.items()}
    try:
        event = event_of_press(fields, at=now.isoformat())
        runs.append_events(session, [event], by=request.user, now=now)
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    return redirect("recordings:session_console", key)


@role_required(Role.OPERATOR, Role.MANAGER)
@require_POST
def session_events(request: PersonRequest, key: str) -> HttpResponse:
    """Take a batch of events from the browser and answer with what it has not seen yet."""
    session = access.get_session(request.user, key)
    now = timezone.now()
    try:
        sent = json.loads(request.body)
        events = read_events(sent["events"])
        after = int(sent["after"])
        if events:
            runs.append_events(session, events, by=request.user, now=now)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return JsonResponse({"code": "malformed"}, status=400)
    except EventRefused as refusal:
        return JsonResponse(_refusal(refusal) | dict(refusal.params or {}), status=422)
    except runs.SessionRefused as refusal:
        return JsonResponse(_refusal(refusal), status=409)
    answer = {"now": int(now.timestamp() * 1000), "status": session.status}
    return JsonResponse(answer | {"events": log_rows(session, after=after)})


def _refusal(refusal: ValidationError) -> dict[str, str]:
    return {"code": refusal.code or "", "message": refusal.messages[0]}


@role_required(Role.OPERATOR, Role.MANAGER)
@require_http_methods(["GET", "POST"])
def session_finish(request: PersonRequest, key: str) -> HttpResponse:
    """Show what is short, and close the session."""
    session = access.get_session(request.user, key)
    if session.status != SessionStatus.OPEN:
        return redirect("recordings:session_detail", key)
    form = FinishForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        reason = form.cleaned_data["short_reason"]
        try:
            runs.complete_session(session, short_reason=reason, by=request.user, now=timezone.now())
        except ValidationError as refusal:
            form.add_error("short_reason" if refusal.code == "short" else None, refusal)
        else:
            return redirect("recordings:session_detail", key)
    return _finish_page(request, session, form=form, abandon_form=AbandonForm())


@role_required(Role.OPERATOR, Role.MANAGER)
@require_POST
def session_abandon(request: PersonRequest, key: str) -> HttpResponse:
    """Break the session off, with the reason and whose fault it was."""
    session = access.get_session(request.user, key)
    form = AbandonForm(request.POST)
    if form.is_valid():
        try:
            runs.abandon_session(session, by=request.user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return redirect("recordings:session_detail", key)
    return _finish_page(request, session, form=FinishForm(), abandon_form=form)


def _finish_page(
    request: PersonRequest, session: RecordingSession, *, form: FinishForm, abandon_form: AbandonForm
) -> HttpResponse:
    progress = progress_of(session, now=timezone.now())
    shortfall = find_shortfall(session, progress=progress)
    form.fields["short_reason"].required = bool(shortfall)
    context = {
        "session": session,
        "booking": session.booking,
        "progress": progress,
        "dials": read_dials(progress, project=session.booking.project),
        "shortfall": [describe_shortfall(item) for item in shortfall],
        "assets": session.assets.order_by("speaker", "pk"),
        "speakers": speakers_with_audio(session),
        "form": form,
        "abandon_form": abandon_form,
        "asset_form": AssetForm(),
    }
    is_bad = form.errors or abandon_form.errors
    return render(request, "recordings/session_finish.html", context, status=422 if is_bad else 200)
