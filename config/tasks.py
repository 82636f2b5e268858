"""Tasks that belong to no app: the heartbeat and the broom."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import OneTimeCode
from scheduling.models import FormKey

# The longest limit on codes looks one day back; form keys are promised for 24 hours.
KEYS_KEPT = timedelta(days=2)


def beat() -> str:
    """Return the time. That this ran at all is the news: `config/health.py` looks for its result."""
    return timezone.now().isoformat()


def clear_old_keys() -> int:
    """Delete one-time codes, form keys and sessions that nobody can use any more. Return how many."""
    now = timezone.now()
    codes, _by = OneTimeCode.objects.filter(sent_at__lt=now - KEYS_KEPT).delete()
    keys, _by = FormKey.objects.filter(started_at__lt=now - KEYS_KEPT).delete()
    sessions, _by = Session.objects.filter(expire_date__lt=now).delete()
    return codes + keys + sessions
