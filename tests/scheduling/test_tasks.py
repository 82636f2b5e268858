"""The worker's tasks read the clock and call one rule."""

from datetime import timedelta

import pytest

from scheduling import pair_codes, tasks
from tests.factories import make_booking, make_project, make_qualified

pytestmark = pytest.mark.django_db


def test_expire_bookings_lets_go_what_is_overdue(clock):
    booking = make_booking(status="held")
    assert tasks.expire_bookings() == 0

    clock.advance(minutes=10)

    assert tasks.expire_bookings() == 1
    booking.refresh_from_db()
    assert booking.status == "expired"


def test_expire_invitations_ends_what_nobody_took_up(clock, lin, now):
    project = make_project()
    make_qualified(lin, project=project)
    invitation = pair_codes.invite_partner(lin, project=project, now=now)
    clock.move_to(invitation.expires_at + timedelta(seconds=1))

    assert tasks.expire_invitations() == 1
