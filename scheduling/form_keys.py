"""
Form keys: a form sent twice counts once, and says the same the second time.

Keys are kept for 24 hours (`config.tasks.clear_old_keys`).
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import PersonRequest
from accounts.kept_queries import KeptQuery
from accounts.models import User
from scheduling.models import FormKey
from scheduling.retries import retried

FIELD = "form_key"
# A worker that was killed leaves its key "running". No answer takes longer than this.
FREED_AFTER = timedelta(seconds=60)
# What `make_form_key` makes; anything else (a NUL, say) never reaches the database.
KEY_SHAPE = re.compile(r"[A-Za-z0-9_-]{16,64}")
NOT_CONTENT = {FIELD, "csrfmiddlewaretoken"}


class FormKeyRefused(ValidationError):
    """The key cannot be used for this form; `status` is the answer's."""

    def __init__(self, message: Any, *, code: str, status: int) -> None:
        super().__init__(message, code=code)
        self.status = status


def make_form_key() -> str:
    """Return a new key for a form that is being rendered."""
    return secrets.token_urlsafe(24)


@retried
def claim_form_key(person: User, *, key: str, digest: str, now: datetime) -> FormKey:
    """
    Write that the form with this key is being carried out, in a transaction of its own.

    Return the row; when `answer` is set the form was answered before, and the answer
    is to be given again. Raise FormKeyRefused: "no_key" (400) for no key or one that
    cannot be ours, "other_content" (422) when the key came with another content,
    "still_running" (409) while the first sending has no answer yet.
    """
    if not KEY_SHAPE.fullmatch(key):
        raise FormKeyRefused(_("Open the page again, then send the form."), code="no_key", status=400)
    while True:
        with suppress(IntegrityError), transaction.atomic():
            return FormKey.objects.create(person=person, key=key, digest=digest, started_at=now)
        with transaction.atomic():
            row = FormKey.objects.select_for_update().filter(person=person, key=key).first()
            # Refused a moment ago, the first sending has freed the key between the two: it is ours now.
            if row is not None:
                return _take_up(row, digest, now=now)


def _take_up(row: FormKey, digest: str, *, now: datetime) -> FormKey:
    """Return a row written before: answered, or left behind by a worker that died."""
    if row.digest != digest:
        raise FormKeyRefused(
            _("This form was sent already with other content. Open the page again."),
            code="other_content",
            status=422,
        )
    if row.answered_at is None:
        if now - row.started_at < FREED_AFTER:
            raise FormKeyRefused(
                _("This form is being carried out. Wait a moment, then look again."),
                code="still_running",
                status=409,
            )
        row.started_at = now
        row.save(update_fields=["started_at"])
    return row


def was_sent_before(request: PersonRequest) -> bool:
    """Return whether the form of this request has been sent already: its answer is to be given again. One query."""
    key = request.POST.get(FIELD, "")
    return not KEY_SHAPE.fullmatch(key) or bool(SENT(person_id=request.user.pk, key=key))


def _sent(*, person_id: int, key: str) -> QuerySet[FormKey, Any]:
    return FormKey.objects.filter(person=person_id, key=key).values_list("pk")


SENT = KeptQuery(_sent, person_id=int, key=str)


def answer_form_key(row: FormKey, *, answer: str, now: datetime) -> None:
    """Keep where the answer led, so that the same form gets the same answer again."""
    FormKey.objects.filter(pk=row.pk).update(answered_at=now, answer=answer)


def free_form_key(row: FormKey) -> None:
    """Forget the key of a form that was refused or crashed: nothing was done, it may be sent again."""
    FormKey.objects.filter(pk=row.pk, answered_at=None).delete()


def digest_of(request: HttpRequest) -> str:
    """Return the SHA-256 of the address and of everything the form says, the key aside."""
    content = [request.path]
    for name in sorted(set(request.POST) - NOT_CONTENT):
        content += [name, *request.POST.getlist(name)]
    for name in sorted(request.FILES):
        content += [name, *(f"{file.name} {file.size}" for file in request.FILES.getlist(name))]
    return hashlib.sha256("\0".join(content).encode()).hexdigest()


def once_per_form_key(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """
    Let a POST of this view be carried out once per form key (`{% form_key %}` in its form).

    The redirect of the first sending is given again to the second. A page that
    shows the form again, an error and a crash free the key. Signed-in people only.
    """

    @wraps(view)
    def keyed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        key, now = request.POST.get(FIELD, ""), timezone.now()
        try:
            row = claim_form_key(request.user, key=key, digest=digest_of(request), now=now)
        except FormKeyRefused as refusal:
            context = {"refusal": refusal.messages[0], "back": request.path}
            return render(request, "scheduling/form_refused.html", context, status=refusal.status)
        if row.answered_at is not None:
            return HttpResponseRedirect(row.answer)
        return _carried_out(row, lambda: view(request, *args, **kwargs), now=now)

    return keyed


def _carried_out(row: FormKey, run: Callable[[], HttpResponse], *, now: datetime) -> HttpResponse:
    """Run the view and keep its answer; free the key when there is none to keep."""
    is_kept = False
    try:
        response = run()
        if isinstance(response, HttpResponseRedirect):
            answer_form_key(row, answer=response.url, now=now)
            is_kept = True
        return response
    finally:
        if not is_kept:
            free_form_key(row)
