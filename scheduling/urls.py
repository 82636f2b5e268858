"""Addresses: studios, slots, pairs and bookings."""

from datetime import date

from django.urls import URLPattern, path, register_converter

from scheduling.views import (
    amnesties,
    attendance,
    blackouts,
    board,
    booking_desk,
    bookings,
    calendar,
    countdown,
    escalations,
    feeds,
    move_requests,
    offers,
    pairs,
    people,
    projects,
    publishing,
    quotas,
    release_desk,
    release_slots,
    releases,
    reminders,
    reports,
    rota,
    rota_proposals,
    seats,
    slots,
    studios,
    swaps,
    template_ends,
    templates,
    waiting,
    working_times,
)

app_name = "scheduling"


class DayConverter:
    """A day in an address; what is no day of the calendar is no address."""

    regex = r"\d{4}-\d\d-\d\d"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

# Participants and their partners.
pair_patterns: list[URLPattern] = [
    path("partner/", pairs.pair_list, name="pair_list"),
    path("partner/join/", pairs.pair_join, name="pair_join"),
    path("partner/code/", pairs.invitation_new, name="invitation_new"),
    path("partner/code/<int:pk>/withdraw/", pairs.invitation_withdraw, name="invitation_withdraw"),
    path("partner/<int:pk>/end/", pairs.pair_end, name="pair_end"),
    path("partner/<int:pk>/block/", pairs.pair_block, name="pair_block"),
    path("partner/blocked/<int:pk>/lift/", pairs.block_lift, name="block_lift"),
]

# Participants who look for a partner.
board_patterns: list[URLPattern] = [
    path("partner/board/", board.board_list, name="board_list"),
    path("partner/board/entry/", board.entry_edit, name="entry_edit"),
    path("partner/board/entry/<int:pk>/withdraw/", board.entry_withdraw, name="entry_withdraw"),
    path("partner/board/<int:pk>/invite/", board.entry_invite, name="entry_invite"),
    path("partner/board/<int:pk>/report/", reports.entry_report, name="entry_report"),
    path("partner/asked/<int:pk>/accept/", board.invitation_accept, name="invitation_accept"),
    path("partner/asked/<int:pk>/decline/", board.invitation_decline, name="invitation_decline"),
    path("partner/asked/<int:pk>/report/", reports.inviter_report, name="inviter_report"),
    path("partner/<int:pk>/report/", reports.partner_report, name="partner_report"),
]

# Participants and their sessions.
booking_patterns: list[URLPattern] = [
    path("slots/", offers.slot_list, name="slot_list"),
    path("slots/<int:pk>/", offers.slot_detail, name="slot_detail"),
    path("sessions/", bookings.booking_list, name="booking_list"),
    path("sessions/<int:pk>/", bookings.booking_detail, name="booking_detail"),
    path("sessions/<int:pk>/confirm/", bookings.booking_confirm, name="booking_confirm"),
    path("sessions/<int:pk>/refuse/", bookings.offer_refuse, name="offer_refuse"),
    path("slots/<int:pk>/wait/", waiting.waiting_join, name="waiting_join"),
    path("slots/<int:pk>/seat/", seats.seat_take, name="seat_take"),
    path("seats/", seats.seat_list, name="seat_list"),
    path("seats/<int:pk>/join/", seats.seat_join, name="seat_join"),
    path("seats/<int:pk>/withdraw/", seats.seat_withdraw, name="seat_withdraw"),
    path("waiting/<int:pk>/leave/", waiting.waiting_leave, name="waiting_leave"),
    path("sessions/<int:pk>/accept/", bookings.booking_accept, name="booking_accept"),
    path("sessions/<int:pk>/decline/", bookings.booking_decline, name="booking_decline"),
    path("sessions/<int:pk>/cancel/", bookings.booking_cancel, name="booking_cancel"),
    path("sessions/<int:pk>/move/<int:slot_pk>/", bookings.booking_move, name="booking_move"),
    path(
        "asked/<int:pk>/choose/<int:slot_pk>/", move_requests.move_request_choose, name="move_request_choose"
    ),
    path("asked/<int:pk>/keep/", move_requests.move_request_keep, name="move_request_keep"),
    path("sessions/<int:pk>/session.ics", bookings.booking_calendar, name="booking_calendar"),
]

# Participants and how they came.
attendance_patterns: list[URLPattern] = [
    path("attendance/", attendance.attendance_own, name="attendance_own"),
    path("attendance/<int:pk>/object/", attendance.suspension_object, name="suspension_object"),
]

# Release moments: everybody, participants, managers.
release_patterns: list[URLPattern] = [
    path("opens/<int:pk>/", countdown.countdown_door, name="countdown_door"),
    path("opens/<int:pk>/draw.csv", countdown.draw_file, name="draw_file"),
    path("opens/<int:pk>/<slug:language>/", countdown.countdown, name="countdown"),
    path("releases/<int:pk>/", releases.release_detail, name="release_detail"),
    path("releases/<int:pk>/ticket/", releases.ticket_enter, name="ticket_enter"),
    path("tickets/<int:pk>/sign/", releases.ticket_sign, name="ticket_sign"),
    path("tickets/<int:pk>/withdraw/", releases.ticket_withdraw, name="ticket_withdraw"),
    path("desk/releases/", release_desk.release_list, name="release_list"),
    path("desk/releases/new/", release_desk.release_new, name="release_new"),
    path("desk/releases/<int:pk>/", release_desk.release_manage, name="release_manage"),
    path("desk/releases/<int:pk>/moment/", release_desk.release_change, name="release_change"),
    path("desk/releases/<int:pk>/slots/", release_slots.release_slots_add, name="release_slots_add"),
    path(
        "desk/releases/<int:pk>/slots/<int:slot_pk>/out/",
        release_slots.release_slot_out,
        name="release_slot_out",
    ),
    path("desk/releases/<int:pk>/cancel/", release_desk.release_cancel, name="release_cancel"),
    path("desk/releases/<int:pk>/now/", release_desk.release_at_once, name="release_at_once"),
]

# Managers and one booking.
desk_patterns: list[URLPattern] = [
    path("desk/bookings/<int:pk>/", booking_desk.booking_manage, name="booking_manage"),
    path("desk/bookings/<int:pk>/cancel/", booking_desk.booking_override, name="booking_override"),
    path("desk/bookings/<int:pk>/ask-to-move/", move_requests.move_request_new, name="move_request_new"),
    path("desk/asked/<int:pk>/withdraw/", move_requests.move_request_withdraw, name="move_request_withdraw"),
    path("desk/bookings/<int:pk>/write-off/", booking_desk.booking_write_off, name="booking_write_off"),
    path(
        "desk/bookings/<int:pk>/door/a/",
        booking_desk.booking_attendance,
        {"voice": "a"},
        name="booking_attendance_a",
    ),
    path(
        "desk/bookings/<int:pk>/door/b/",
        booking_desk.booking_attendance,
        {"voice": "b"},
        name="booking_attendance_b",
    ),
]

# What people are told of their bookings.
told_patterns: list[URLPattern] = [
    path("desk/reminders/", reminders.reminder_list, name="reminder_list"),
]

# Managers and the days: slots, rota, weekly templates. Operators see their shifts.
week_patterns: list[URLPattern] = [
    path("desk/calendar/", calendar.calendar, name="calendar"),
    path("desk/slots/new/", slots.slot_new, name="slot_new"),
    path("desk/slots/<int:pk>/", slots.slot_edit, name="slot_edit"),
    path("desk/slots/<int:pk>/seat/<int:seat_pk>/take-back/", slots.seat_take_back, name="seat_take_back"),
    path("desk/slots/<int:pk>/close/", slots.slot_close, name="slot_close"),
    path("desk/slots/<int:pk>/open/", slots.slot_open, name="slot_open"),
    path("desk/slots/<int:pk>/waiting/<int:entry_pk>/remove/", waiting.waiting_remove, name="waiting_remove"),
    path("desk/slots/<int:pk>/shifts/", rota.shift_new, name="shift_new"),
    path("desk/slots/<int:pk>/shifts/<int:shift_pk>/withdraw/", rota.shift_withdraw, name="shift_withdraw"),
    path("desk/rota/", rota.rota_week, name="rota"),
    path("desk/shifts/calendar/", feeds.feed_page, name="feed_page"),
    path("desk/shifts/calendar/new/", feeds.feed_renew, name="feed_renew"),
    path("desk/shifts/calendar/revoke/", feeds.feed_revoke, name="feed_revoke"),
    path("feed/<str:token>/shifts.ics", feeds.feed, name="feed"),
    path("desk/shifts/", rota.shift_list, name="shift_list"),
    path("desk/templates/", templates.template_list, name="template_list"),
    path("desk/templates/new/", templates.template_new, name="template_new"),
    path("desk/templates/publish/", publishing.template_publish, name="template_publish"),
    path("desk/templates/<int:pk>/", templates.template_edit, name="template_edit"),
    path("desk/templates/<int:pk>/leave-out/", templates.template_leave_out, name="template_leave_out"),
    path("desk/templates/<int:pk>/one-off/", templates.template_one_off, name="template_one_off"),
    path(
        "desk/templates/<int:pk>/exceptions/<int:exception_pk>/remove/",
        templates.exception_remove,
        name="exception_remove",
    ),
    path("desk/templates/<int:pk>/end/", template_ends.template_end, name="template_end"),
    path("desk/blackouts/", blackouts.blackout_list, name="blackout_list"),
    path("desk/blackouts/new/", blackouts.blackout_new, name="blackout_new"),
    path("desk/blackouts/<int:pk>/", blackouts.blackout_detail, name="blackout_detail"),
    path("desk/blackouts/<int:pk>/close/", blackouts.blackout_close, name="blackout_close"),
    path("desk/blackouts/<int:pk>/lift/", blackouts.blackout_lift, name="blackout_lift"),
]

# When the staff can work, and the rota made of it. `<day>` is a date such as 2026-03-05.
rota_patterns: list[URLPattern] = [
    path("desk/shifts/times/", working_times.week_edit, name="week_edit"),
    path("desk/shifts/<int:pk>/", swaps.shift_detail, name="shift_detail"),
    path("desk/shifts/<int:pk>/absent/", swaps.shift_absent, name="shift_absent"),
    path("desk/shifts/<int:pk>/swap/", swaps.swap_new, name="swap_new"),
    path("desk/shifts/swaps/", swaps.swap_list, name="swap_list"),
    path("desk/shifts/swaps/<int:pk>/", swaps.swap_answer, name="swap_answer"),
    path("desk/rota/swaps/", swaps.swap_desk, name="swap_desk"),
    path("desk/rota/swaps/<int:pk>/", swaps.swap_settle, name="swap_settle"),
    path("desk/rota/missing/", escalations.escalation_list, name="escalation_list"),
    path("desk/shifts/times/days/", working_times.days_new, name="days_new"),
    path("desk/shifts/times/days/<int:pk>/remove/", working_times.days_remove, name="days_remove"),
    path("desk/rota/propose/", rota_proposals.rota_propose, name="rota_propose"),
    path("desk/rota/staff/<int:person_pk>/days/<day:on>/", rota.rota_day, name="rota_day"),
    path("desk/rota/staff/<int:person_pk>/times/", working_times.week_edit, name="week_edit"),
    path("desk/rota/staff/<int:person_pk>/times/days/", working_times.days_new, name="days_new"),
    path(
        "desk/rota/staff/<int:person_pk>/times/days/<int:pk>/remove/",
        working_times.days_remove,
        name="days_remove",
    ),
    path("desk/rota/staff/<int:person_pk>/limits/", working_times.limits_edit, name="limits_edit"),
]

# Managers, places, people and projects.
place_patterns: list[URLPattern] = [
    path("desk/studios/", studios.studio_list, name="studio_list"),
    path("desk/studios/new/", studios.studio_new, name="studio_new"),
    path("desk/studios/city/", studios.city_new, name="city_new"),
    path("desk/studios/<int:pk>/", studios.studio_edit, name="studio_edit"),
    path("desk/studios/<int:pk>/rota/", studios.studio_rota, name="studio_rota"),
    path("desk/studios/<int:pk>/booths/", studios.booth_new, name="booth_new"),
    path("desk/studios/<int:pk>/booths/<int:booth_pk>/", studios.booth_switch, name="booth_switch"),
    path("desk/studios/<int:pk>/staff/", studios.staff_new, name="staff_new"),
    path("desk/studios/<int:pk>/staff/<int:staff_pk>/remove/", studios.staff_remove, name="staff_remove"),
    path("desk/people/", people.person_list, name="person_list"),
    path("desk/people/<int:pk>/", people.qualification_edit, name="qualification_edit"),
    path("desk/people/<int:pk>/move/", people.qualification_move, name="qualification_move"),
    path("desk/people/<int:pk>/amnesty/", amnesties.person_amnesty, name="person_amnesty"),
    path("desk/projects/", projects.project_list, name="project_list"),
    path("desk/projects/new/", projects.project_edit, name="project_new"),
    path("desk/projects/<slug:slug>/", projects.project_edit, name="project_edit"),
    path("desk/projects/<slug:slug>/amnesty/", amnesties.project_amnesty, name="project_amnesty"),
    path("desk/projects/<slug:slug>/quotas/", quotas.quota_list, name="quota_list"),
    path("desk/quotas/<int:pk>/", quotas.quota_edit, name="quota_edit"),
    path("desk/quotas/<int:pk>/remove/", quotas.quota_remove, name="quota_remove"),
    path("desk/reports/", reports.report_list, name="report_list"),
    path("desk/reports/<int:pk>/", reports.report_detail, name="report_detail"),
    path("desk/reports/<int:pk>/settle/", reports.report_settle, name="report_settle"),
]

urlpatterns: list[URLPattern] = [
    *attendance_patterns,
    *board_patterns,
    *booking_patterns,
    *desk_patterns,
    *pair_patterns,
    *release_patterns,
    *told_patterns,
    *rota_patterns,
    *week_patterns,
    *place_patterns,
]
