"""Tasks that belong to no app: the heartbeat, a try of the object store, and the broom."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from accounts import codes
from config.health import can_write_files
from recordings.local_copies import is_local
from scheduling.models import FormKey, WrongCode

# Form keys are promised for 24 hours, wrong partner codes count for one; a day more is room for a broom that came late.
KEYS_KEPT = timedelta(days=2)
# Of each index; SQLite's documentation names 100 to 1,000.
ROWS_LOOKED_AT = 1000


def beat() -> str:
    """Return the time. That this ran at all is the news: `config/health.py` looks for its result."""
    return timezone.now().isoformat()


def try_files() -> bool:
    """Return whether files can be written to an object store; a disk is tried by the health page itself."""
    return is_local(default_storage) or can_write_files()


def analyze_tables() -> bool:
    """
    Let SQLite count how its rows lie, so that it chooses the right index; return whether it was asked to.

    Without that it reads every booking of a project to find those of one pair. It looks at no more
    than `ROWS_LOOKED_AT` rows an index, a tenth of a second at any size; PostgreSQL does it by itself.
    """
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={ROWS_LOOKED_AT}")
        cursor.execute("ANALYZE")
    return True


def clear_old_keys() -> int:
    """Delete one-time codes, form keys, counted wrong codes and sessions that nobody needs. Return how many."""
    now = timezone.now()
    purged = codes.purge_codes(now=now)
    keys, _by = FormKey.objects.filter(started_at__lt=now - KEYS_KEPT).delete()
    wrong, _by = WrongCode.objects.filter(at__lt=now - KEYS_KEPT).delete()
    sessions, _by = Session.objects.filter(expire_date__lt=now).delete()
    return purged + keys + wrong + sessions
