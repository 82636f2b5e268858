"""The months that the list of payments can be narrowed to."""

from datetime import datetime, timedelta

import pytest

from payments.earnings import create_payments_due
from payments.ledger import month_span, months_of
from payments.models import Payment
from scheduling.models import BookingStatus, Slot
from tests.factories import SHANGHAI, make_booking

pytestmark = pytest.mark.django_db


def test_months_of_no_payments_are_none():
    assert months_of(Payment.objects.all()) == []


def test_months_of_payments_run_from_the_last_session_to_the_first(now):
    early = make_booking(status=BookingStatus.COMPLETED)
    late = make_booking(project=early.project, status=BookingStatus.COMPLETED)
    # Late on the last day of November in UTC is already December in the studio.
    Slot.objects.filter(pk=early.slot_id).update(
        starts_at=datetime(2025, 12, 1, 0, 30, tzinfo=SHANGHAI),
        ends_at=datetime(2025, 12, 1, 3, 30, tzinfo=SHANGHAI),
    )
    Slot.objects.filter(pk=late.slot_id).update(
        starts_at=datetime(2026, 2, 28, 18, tzinfo=SHANGHAI),
        ends_at=datetime(2026, 2, 28, 21, tzinfo=SHANGHAI),
    )
    create_payments_due(now=now + timedelta(days=9))

    months = months_of(Payment.objects.all())

    assert [f"{month:%Y-%m}" for month in months] == ["2026-02", "2026-01", "2025-12"]
    assert [month_span(f"{month:%Y-%m}")[0] for month in months] == months
