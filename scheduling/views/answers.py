"""How a page that carries out one rule answers: the words of the refusal, or of what was done."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest


def carry_out(request: HttpRequest, rule: Callable[[], object], *, done: str) -> bool:
    """Run the rule and tell the person what was done, or why it was refused. Return whether it was done."""
    try:
        rule()
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return False
    messages.success(request, done)
    return True
