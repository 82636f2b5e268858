"""Addresses: studios, slots, pairs and bookings."""

from django.urls import URLPattern, path

from scheduling.views import booking_desk, bookings, offers, pairs

app_name = "scheduling"

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

# Participants and their sessions.
booking_patterns: list[URLPattern] = [
    path("slots/", offers.slot_list, name="slot_list"),
    path("slots/<int:pk>/", offers.slot_detail, name="slot_detail"),
    path("sessions/", bookings.booking_list, name="booking_list"),
    path("sessions/<int:pk>/", bookings.booking_detail, name="booking_detail"),
    path("sessions/<int:pk>/confirm/", bookings.booking_confirm, name="booking_confirm"),
    path("sessions/<int:pk>/accept/", bookings.booking_accept, name="booking_accept"),
    path("sessions/<int:pk>/decline/", bookings.booking_decline, name="booking_decline"),
    path("sessions/<int:pk>/cancel/", bookings.booking_cancel, name="booking_cancel"),
    path("sessions/<int:pk>/move/<int:slot_pk>/", bookings.booking_move, name="booking_move"),
    path("sessions/<int:pk>/session.ics", bookings.booking_calendar, name="booking_calendar"),
]

# Managers and one booking.
desk_patterns: list[URLPattern] = [
    path("desk/bookings/<int:pk>/", booking_desk.booking_manage, name="booking_manage"),
    path("desk/bookings/<int:pk>/cancel/", booking_desk.booking_override, name="booking_override"),
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

urlpatterns: list[URLPattern] = [*booking_patterns, *desk_patterns, *pair_patterns]
