"""Is everything that has to run running? Each check answers for one part."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _
from django_q.models import OrmQ, Success
from redis.exceptions import RedisError

from accounts.models import Message, MessageStatus
from recordings.local_copies import is_local

logger = logging.getLogger(__name__)

# The heartbeat comes each minute and the scheduler looks every 30 s: three minutes is two missed beats.
HEARTBEAT_STALE_AFTER = timedelta(minutes=3)
# A queue longer than this is hours of work for one worker.
QUEUE_TOO_LONG = 1000
# The outbox is looked at each minute, a hundred at a time.
MESSAGES_LATE_AFTER = timedelta(minutes=30)


class Check(NamedTuple):
    """One part's state: `is_ok`, and words that say what is wrong."""

    name: str
    is_ok: bool
    words: str


def last_heartbeat_at() -> datetime | None:
    """Return when the worker last finished the heartbeat task, None if never."""
    return (
        Success.objects.filter(func="config.tasks.beat")
        .order_by("-stopped")
        .values_list("stopped", flat=True)
        .first()
    )


def check_database(now: datetime) -> Check:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return Check(_("Database"), False, _("does not answer"))
    return Check(_("Database"), True, connection.vendor)


def check_worker(now: datetime) -> Check:
    """Red without a heartbeat: a wedged cluster looks alive from outside, but finishes nothing."""
    try:
        beat_at = last_heartbeat_at()
    except DatabaseError:
        return Check(_("Background worker"), False, _("unknown: the database does not answer"))
    if beat_at is None:
        return Check(_("Background worker"), False, _("no heartbeat yet; start it with “manage.py worker”"))
    age_s = int((now - beat_at).total_seconds())
    words = _("last heartbeat %(seconds)d seconds ago") % {"seconds": age_s}
    return Check(_("Background worker"), now - beat_at <= HEARTBEAT_STALE_AFTER, words)


def check_queue(now: datetime) -> Check:
    try:
        waiting = OrmQ.objects.count()
    except DatabaseError:
        return Check(_("Task queue"), False, _("unknown: the database does not answer"))
    return Check(_("Task queue"), waiting <= QUEUE_TOO_LONG, _("%(count)d tasks wait") % {"count": waiting})


def check_files(now: datetime) -> Check:
    """
    Say whether files can be written.

    A disk is tried at once. An object store is tried by the worker each minute, and its
    last answer is told here: a store that is away would hold this page for seconds.
    """
    if is_local(default_storage):
        is_ok = can_write_files()
        return Check(_("Files"), is_ok, _("can be written") if is_ok else _("cannot be written"))
    try:
        tried = Success.objects.filter(func="config.tasks.try_files").order_by("-stopped").first()
    except DatabaseError:
        return Check(_("Files"), False, _("unknown: the database does not answer"))
    if tried is None or now - tried.stopped > HEARTBEAT_STALE_AFTER:
        return Check(_("Files"), False, _("not tried within the last minutes"))
    words = _("can be written") if tried.result else _("cannot be written")
    return Check(_("Files"), bool(tried.result), words)


def can_write_files() -> bool:
    """Write, read and remove a small file; return whether all of it worked."""
    try:
        name = default_storage.save("health/probe", ContentFile(b"ok"))
        with default_storage.open(name) as probe:
            is_same: bool = probe.read() == b"ok"
        default_storage.delete(name)
    except OSError as error:
        logger.warning("files cannot be written: %s", error)
        return False
    return is_same


def check_cache(now: datetime) -> Check:
    try:
        cache.set("health", now.isoformat(), 60)
        is_ok = cache.get("health") == now.isoformat()
    except (OSError, DatabaseError, RedisError):
        is_ok = False
    return Check(_("Cache"), is_ok, _("answers") if is_ok else _("does not answer"))


def check_messages(now: datetime) -> Check:
    """Red when the outbox has held something due for so long that nobody delivers it."""
    late = Message.objects.filter(status=MessageStatus.WAITING, not_before__lte=now - MESSAGES_LATE_AFTER)
    try:
        count = late.count()
    except DatabaseError:
        return Check(_("Messages to people"), False, _("unknown: the database does not answer"))
    return Check(_("Messages to people"), not count, _("%(count)d are late") % {"count": count})


CHECKS: list[Callable[[datetime], Check]] = [
    check_database,
    check_worker,
    check_queue,
    check_files,
    check_cache,
    check_messages,
]


def run_checks(now: datetime) -> list[Check]:
    """Return the state of every part."""
    return [check(now) for check in CHECKS]
