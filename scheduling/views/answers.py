"""How a page that carries out one rule answers: the words of the refusal, or of what was done."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.utils import timezone

from accounts.access import PersonRequest


def carry_out(request: HttpRequest, rule: Callable[[], object], *, done: str) -> bool:
    """Run the rule and tell the person what was done, or why it was refused. Return whether it was done."""
    try:
        rule()
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return False
    messages.success(request, done)
    return True


def carry_out_verb(
    request: PersonRequest, row: Model, rules: Mapping[str, Callable[..., object]], *, done: str
) -> bool:
    """
    Run the rule that the pressed button named, with the reason that was written; tell what became of it.

    Each rule takes the row, `by`, `now` and `reason`. Raise Http404 for a verb that is none of them.
    """
    rule = rules.get(request.POST.get("verb", ""))
    if rule is None:
        raise Http404
    reason = request.POST.get("reason", "")[:300]
    return carry_out(
        request, lambda: rule(row, by=request.user, now=timezone.now(), reason=reason), done=done
    )
