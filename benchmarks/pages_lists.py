"""The pages of lines, draws, seats, the rota and the plan, once `crowd_desk` and `crowd_lists` have filled them."""

from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import Count
from django.utils import timezone

from accounts.access import Role
from benchmarks.crowd import Crowd
from benchmarks.pages import Page
from scheduling.models import (
    Blackout,
    Booth,
    Release,
    Report,
    Shift,
    Slot,
    SlotTemplate,
    Studio,
)

DAY = timedelta(days=1)


def _day(distance: int) -> str:
    return (timezone.localdate() + distance * DAY).isoformat()


def _next_week(crowd: Crowd) -> str:
    return urlencode({"day": _day(7)})


def _next_week_of_rota(crowd: Crowd) -> str:
    return urlencode({"week": _day(7)})


def _of_next_week(**chosen: str) -> object:
    return lambda crowd: urlencode({"day": _day(7), **chosen})


def _longest_line(crowd: Crowd) -> tuple[object, ...]:
    slots = Slot.objects.filter(starts_at__gt=timezone.now() + 2 * DAY, waiting_entries__status="waiting")
    return (slots.annotate(pairs=Count("waiting_entries")).order_by("-pairs").first().pk,)


def _drawn_release(crowd: Crowd) -> tuple[object, ...]:
    return (Release.objects.filter(status="open").first().pk,)


def _drawn_countdown(crowd: Crowd) -> tuple[object, ...]:
    return (*_drawn_release(crowd), "en")


def _coming_shift(crowd: Crowd) -> tuple[object, ...]:
    operator = crowd.staff[Role.OPERATOR][0]
    shifts = Shift.objects.filter(person=operator, status="assigned", slot__starts_at__gt=timezone.now())
    return (shifts.earliest("slot__starts_at").pk,)


def _operators_day(crowd: Crowd) -> tuple[object, ...]:
    return (crowd.staff[Role.OPERATOR][0].pk, timezone.localdate() + 2 * DAY)


def _operator(crowd: Crowd) -> tuple[object, ...]:
    return (crowd.staff[Role.OPERATOR][0].pk,)


def _blackout(crowd: Crowd) -> tuple[object, ...]:
    return (Blackout.objects.filter(city__isnull=False, from_on__gt=timezone.localdate()).first().pk,)


def _open_report(crowd: Crowd) -> tuple[object, ...]:
    return (Report.objects.filter(status="open").latest("pk").pk,)


def _template(crowd: Crowd) -> tuple[object, ...]:
    return (SlotTemplate.objects.order_by("pk").first().pk,)


def _studio(crowd: Crowd) -> tuple[object, ...]:
    return (Studio.objects.order_by("pk").first().pk,)


def _project(crowd: Crowd) -> tuple[object, ...]:
    return (crowd.project.slug,)


def _new_blackout(crowd: Crowd) -> str:
    city = Booth.objects.select_related("studio").first().studio.city_id
    days = {"from_on": _day(1), "to_on": _day(14)}
    return urlencode({"place": f"city:{city}", **days, "reason": "Repairs"})


def _publish(crowd: Crowd) -> str:
    return urlencode({"project": crowd.project.pk, "from_on": _day(1), "to_on": _day(28)})


def _new_release(crowd: Crowd) -> str:
    opens_at = f"{_day(1)}T12:00"
    days = {"from_on": _day(1), "to_on": _day(20)}
    return urlencode({"project": crowd.project.pk, "name": "Next", "opens_at": opens_at, **days})


WAITING_PAGES = [
    Page(Role.PARTICIPANT, "scheduling:slot_detail", _longest_line, note="full, a long line"),
    Page(Role.PARTICIPANT, "scheduling:seat_list"),
    Page(Role.PARTICIPANT, "scheduling:attendance_own"),
    Page(Role.PARTICIPANT, "scheduling:release_detail", _drawn_release, note="after the draw"),
    Page(Role.PARTICIPANT, "scheduling:countdown", _drawn_countdown, note="after the draw"),
]
ROTA_PAGES = [
    Page(Role.OPERATOR, "scheduling:shift_list", note="past", query="past"),
    Page(Role.OPERATOR, "scheduling:shift_detail", _coming_shift),
    Page(Role.OPERATOR, "scheduling:swap_list"),
    Page(Role.OPERATOR, "scheduling:week_edit"),
    Page(Role.OPERATOR, "scheduling:feed_page"),
    Page(Role.OPERATOR, "recordings:session_list", note="past", query="past"),
    Page(Role.MANAGER, "scheduling:rota", note="a full week", query=_next_week_of_rota),
    Page(Role.MANAGER, "scheduling:rota_propose", query=_next_week_of_rota),
    Page(Role.MANAGER, "scheduling:rota_day", _operators_day),
    Page(Role.MANAGER, "scheduling:week_edit", _operator, note="manager"),
    Page(Role.MANAGER, "scheduling:swap_desk"),
    Page(Role.MANAGER, "scheduling:escalation_list"),
]
PLAN_PAGES = [
    Page(Role.MANAGER, "scheduling:calendar", note="a full week", query=_next_week),
    Page(Role.MANAGER, "scheduling:calendar", note="a full day", query=_of_next_week(view="day")),
    Page(Role.MANAGER, "scheduling:calendar", note="a full month", query=_of_next_week(view="month")),
    Page(Role.MANAGER, "scheduling:calendar", note="lacking staff", query=_of_next_week(show="lacking")),
    Page(Role.MANAGER, "scheduling:slot_edit", _longest_line, note="full, a long line"),
    Page(Role.MANAGER, "scheduling:blackout_list", note="past", query="past"),
    Page(Role.MANAGER, "scheduling:blackout_detail", _blackout),
    Page(Role.MANAGER, "scheduling:blackout_new", note="foreseen", query=_new_blackout),
    Page(Role.MANAGER, "scheduling:release_manage", _drawn_release, note="after the draw"),
    Page(Role.MANAGER, "scheduling:release_new", note="its slots", query=_new_release),
    Page(Role.MANAGER, "scheduling:template_edit", _template),
    Page(Role.MANAGER, "scheduling:template_end", _template),
    Page(Role.MANAGER, "scheduling:template_publish", note="four weeks", query=_publish),
    Page(Role.MANAGER, "scheduling:studio_edit", _studio),
]
PEOPLE_PAGES = [
    Page(Role.MANAGER, "scheduling:person_list", note="suspended", query="stage=suspended"),
    Page(Role.MANAGER, "scheduling:project_amnesty", _project),
    Page(Role.MANAGER, "scheduling:quota_list", _project),
    Page(Role.MANAGER, "scheduling:reminder_list"),
    Page(Role.MANAGER, "scheduling:reminder_list", note="failed", query="status=failed"),
    Page(Role.MANAGER, "scheduling:report_list"),
    Page(Role.MANAGER, "scheduling:report_list", note="settled", query="status=dismissed"),
    Page(Role.MANAGER, "scheduling:report_detail", _open_report),
    Page(Role.MANAGER, "accounts:message_list"),
    Page(Role.LEAD_REVIEWER, "recordings:reviewer_list"),
    Page(Role.LEAD_REVIEWER, "recordings:conflict_list"),
    Page(Role.LEAD_REVIEWER, "recordings:gold_list"),
]
# By somebody who has no partner and is on the board.
LOOKER_PAGES = [
    Page(Role.PARTICIPANT, "home", note="on the board", is_looking=True),
    Page(Role.PARTICIPANT, "scheduling:seat_list", note="on the board", is_looking=True),
    Page(Role.PARTICIPANT, "scheduling:slot_list", note="on the board", is_looking=True),
    Page(Role.PARTICIPANT, "scheduling:release_detail", _drawn_release, note="on the board", is_looking=True),
]
LIST_PAGES = [*WAITING_PAGES, *ROTA_PAGES, *PLAN_PAGES, *PEOPLE_PAGES]
ADMIN_LISTS = [
    Page(Role.ADMINISTRATOR, f"admin:{model}_changelist")
    for model in (
        "accounts_message",
        "scheduling_qualification",
        "scheduling_shift",
        "scheduling_waitingentry",
        "scheduling_ticket",
        "scheduling_wish",
        "scheduling_openseat",
        "scheduling_swaprequest",
        "scheduling_escalation",
        "scheduling_moverequest",
        "scheduling_reminder",
        "scheduling_report",
        "scheduling_invitation",
        "scheduling_boardentry",
    )
]
