"""The show-up fee follows a corrected outcome as long as it is due. Rules: R-26, R-37."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from payments.deductions import approve_deduction
from payments.earnings import approve_payment, approve_payments_due, create_payments_due
from payments.invariants import broken_earnings, broken_payments
from payments.models import Payment
from scheduling.attendance import record_attendance
from scheduling.models import Attendance, AttendanceEvent
from tests.payments.makers import SESSION_END, make_booking, make_deduction

pytestmark = pytest.mark.django_db
DAY_7 = SESSION_END + timedelta(days=7)


@pytest.fixture
def failed(lin, mei):
    """A session that 梅朵 missed; 林小雨 came for nothing and has her fee."""
    booking = make_booking(lin, mei, status="failed", outcomes=("turned_away", "no_show"))
    create_payments_due(now=SESSION_END)
    return booking


def correct(booking, outcome, *, person, by, now=SESSION_END + timedelta(days=1)):
    return record_attendance(
        booking, person=person, outcome=outcome, by=by, now=now, reason="The other one came"
    )


def lines(person):
    found = Payment.objects.filter(person=person).order_by("lines__pk")
    return list(found.values_list("lines__kind", "lines__amount_fen"))


def test_fee_that_was_not_earned_is_taken_back_by_a_line_and_given_again(failed, lin, mara):
    correct(failed, "no_show", person=lin, by=mara)
    assert lines(lin) == [("show_up_fee", 100_00), ("correction", -100_00)]

    correct(failed, "late", person=lin, by=mara)
    correct(failed, "turned_away", person=lin, by=mara)

    assert lines(lin) == [("show_up_fee", 100_00), ("correction", -100_00), ("correction", 100_00)]
    line = Payment.objects.get(person=lin).lines.last()
    assert (line.by, line.note) == (mara, "The other one came")
    assert [*broken_payments(), *broken_earnings()] == []


def test_other_outcomes_among_themselves_move_no_money(failed, mei, mara):
    correct(failed, "late", person=mei, by=mara)

    assert lines(mei) == []


def test_who_turns_out_to_have_come_for_nothing_gets_the_fee(failed, mei, mara):
    correct(failed, "turned_away", person=mei, by=mara)

    assert create_payments_due(now=SESSION_END + timedelta(days=1)) == 1
    assert lines(mei) == [("show_up_fee", 100_00)]


def test_fee_of_which_a_deduction_took_some_is_taken_back_to_nothing(failed, lin, mara, fang):
    payment = Payment.objects.get(person=lin)
    approve_deduction(make_deduction(payment, by=mara, amount_fen=30_00), by=fang, now=SESSION_END)

    correct(failed, "no_show", person=lin, by=mara)
    assert lines(lin)[1:] == [("deduction", -30_00), ("correction", -70_00)]

    correct(failed, "turned_away", person=lin, by=mara)
    assert lines(lin)[3:] == [("correction", 70_00)]
    assert broken_payments() == []


def test_fee_that_was_taken_back_is_closed_and_not_paid(failed, lin, mara):
    correct(failed, "no_show", person=lin, by=mara)

    approve_payments_due(now=DAY_7)

    assert Payment.objects.get(person=lin).status == "closed"
    with pytest.raises(ValidationError) as refusal:
        correct(failed, "turned_away", person=lin, by=mara, now=DAY_7)
    assert refusal.value.code == "fee_settled"
    assert correct(failed, "late", person=lin, by=mara, now=DAY_7).outcome == "late"


def test_fee_that_is_approved_is_not_taken_back_and_nothing_is_written(failed, lin, mara, fang):
    approve_payment(Payment.objects.get(person=lin), by=fang, now=DAY_7)

    with pytest.raises(ValidationError) as refusal:
        correct(failed, "no_show", person=lin, by=mara, now=DAY_7)

    assert refusal.value.code == "fee_settled"
    assert Attendance.objects.get(person=lin).outcome == "turned_away"
    assert not AttendanceEvent.objects.exists()
    assert lines(lin) == [("show_up_fee", 100_00)]
