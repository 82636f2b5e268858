"""
The table of periodic tasks; `manage.py sync_periodic` makes the schedule rows equal to it.

Times are the cron expressions of the studio's time zone. Every task may run twice and late.
"""

from typing import NamedTuple

from django_q.models import Schedule


class Periodic(NamedTuple):
    """One periodic task: a name that never changes, the function, and its cron expression."""

    name: str
    func: str
    cron: str


EVERY_MINUTE = "* * * * *"

PERIODIC = [
    Periodic("heartbeat", "config.tasks.beat", EVERY_MINUTE),
    Periodic("deliver messages", "accounts.tasks.deliver_messages", EVERY_MINUTE),
    Periodic("try the files", "config.tasks.try_files", EVERY_MINUTE),
    Periodic("expire bookings", "scheduling.tasks.expire_bookings", EVERY_MINUTE),
    Periodic("offer to waiting lists", "scheduling.tasks.sweep_lines", EVERY_MINUTE),
    Periodic("release open seats", "scheduling.tasks.release_seats", EVERY_MINUTE),
    Periodic("tell news of bookings", "scheduling.tasks.tell_bookings", EVERY_MINUTE),
    Periodic("draw releases", "scheduling.tasks.draw_releases", EVERY_MINUTE),
    Periodic("tell outcomes of draws", "scheduling.tasks.tell_tickets", EVERY_MINUTE),
    Periodic("remind of sessions", "scheduling.tasks.remind", EVERY_MINUTE),
    Periodic("watch the rota", "scheduling.tasks.watch_escalations", EVERY_MINUTE),
    Periodic("tell changed shifts", "scheduling.tasks.tell_shifts", EVERY_MINUTE),
    Periodic("expire swap requests", "scheduling.tasks.expire_swaps", "*/5 * * * *"),
    Periodic("settle suspensions", "scheduling.tasks.settle_suspensions", "*/5 * * * *"),
    Periodic("expire invitations", "scheduling.tasks.expire_invitations", "*/10 * * * *"),
    Periodic("end requests to move", "scheduling.tasks.expire_move_requests", "*/10 * * * *"),
    Periodic("expire board entries", "scheduling.tasks.expire_board_entries", "*/10 * * * *"),
    Periodic("settle votes", "recordings.tasks.settle_votes", EVERY_MINUTE),
    Periodic("tell outcomes of samples", "recordings.tasks.tell_outcomes", EVERY_MINUTE),
    Periodic("give places to reviewers", "recordings.tasks.repair_assignments", "*/5 * * * *"),
    Periodic("retire gold samples", "recordings.tasks.retire_withdrawn_gold", "*/10 * * * *"),
    Periodic("measure forgotten samples", "recordings.tasks.requeue_stuck_samples", "*/5 * * * *"),
    Periodic("measure forgotten audio files", "recordings.tasks.requeue_stuck_assets", "*/10 * * * *"),
    Periodic("sweep measuring folders", "recordings.tasks.sweep_measuring_folders", "25 * * * *"),
    Periodic("end old uploads", "recordings.tasks.sweep_uploads", "*/20 * * * *"),
    Periodic("create payments", "payments.tasks.create_payments_due", "*/5 * * * *"),
    Periodic("approve payments", "payments.tasks.approve_payments_due", "7 * * * *"),
    Periodic("count how rows lie", "config.tasks.analyze_tables", "12 * * * *"),
    Periodic("clear old sign-in codes and form keys", "config.tasks.clear_old_keys", "40 4 * * *"),
]


def sync_schedules() -> tuple[int, int]:
    """
    Make the schedule rows equal to the table. Return (written, removed).

    Running it twice changes nothing. Rows whose name is not in the table are removed.
    """
    written = 0
    for task in PERIODIC:
        _row, created = Schedule.objects.update_or_create(
            name=task.name,
            defaults={"func": task.func, "schedule_type": Schedule.CRON, "cron": task.cron, "repeats": -1},
        )
        written += created
    removed, _by_model = Schedule.objects.exclude(name__in=[task.name for task in PERIODIC]).delete()
    return written, removed
