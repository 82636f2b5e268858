"""Tasks that belong to no app: the heartbeat and the broom."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import codes
from scheduling.models import FormKey

# Form keys are promised for 24 hours; a day more is room for a broom that came late.
KEYS_KEPT = timedelta(days=2)


def beat() -> str:
    """Return the time. That this ran at all is the news: `config/health.py` looks for its result."""
    return timezone.now().isoformat()


def clear_old_keys() -> int:
    """Delete one-time codes, form keys and sessions that nobody can use any more. Return how many."""
    now = timezone.now()
    purged = codes.purge_codes(now=now)
    keys, _by = FormKey.objects.filter(started_at__lt=now - KEYS_KEPT).delete()
    sessions, _by = Session.objects.filter(expire_date__lt=now).delete()
    return purged + keys + sessions
