from datetime import timedelta

import pytest

from payments.deductions import approve_deduction
from payments.earnings import approve_payment, approve_payments_due, create_payments_due
from payments.invariants import broken_payments
from payments.ledger import PaymentRefused
from payments.models import Payment, PaymentEvent, PaymentLine
from scheduling.models import Attendance
from tests.payments.makers import (
    SESSION_END,
    make_booking,
    make_completed_booking,
    make_deduction,
    make_payment,
    make_project,
)

DAY_7 = SESSION_END + timedelta(days=7)


def lines():
    return sorted(PaymentLine.objects.values_list("payment__person__profile__name", "kind", "amount_fen"))


def test_create_payments_pays_both_the_fixed_rate(lin, mei):
    booking = make_completed_booking(lin, mei, rate_fen=280_00)
    booking.project.rate_fen = 999_00
    booking.project.save()

    assert create_payments_due(now=SESSION_END) == 2

    assert lines() == [("林小雨", "pay", 280_00), ("梅朵", "pay", 280_00)]
    payment = Payment.objects.get(person=lin)
    assert (payment.status, payment.made_at, payment.approvable_at) == ("due", SESSION_END, DAY_7)
    assert list(PaymentEvent.objects.filter(payment=payment).values_list("old", "new", "by", "at")) == [
        ("", "due", None, SESSION_END)
    ]


@pytest.mark.parametrize("is_by_hand", [False, True])
def test_payment_that_deductions_took_whole_is_closed(lin, mara, fang, is_by_hand):
    payment = make_payment(lin)
    approve_deduction(make_deduction(payment, by=mara, amount_fen=300_00), by=fang, now=SESSION_END)

    if is_by_hand:
        approve_payment(payment, by=fang, now=DAY_7)
    else:
        approve_payments_due(now=DAY_7)

    payment.refresh_from_db()
    assert (payment.status, payment.approved_at) == ("closed", DAY_7)
    assert list(payment.events.values_list("old", "new")) == [("", "due"), ("due", "closed")]
    assert broken_payments() == []


def test_payment_of_which_a_fen_is_left_is_approved(lin, mara, fang):
    payment = make_payment(lin)
    approve_deduction(make_deduction(payment, by=mara, amount_fen=299_99), by=fang, now=SESSION_END)

    approve_payments_due(now=DAY_7)

    payment.refresh_from_db()
    assert payment.status == "approved"


def test_create_payments_twice_changes_nothing(lin, mei):
    make_completed_booking(lin, mei)
    create_payments_due(now=SESSION_END)

    assert create_payments_due(now=SESSION_END + timedelta(hours=1)) == 0
    assert PaymentLine.objects.count() == 2


def test_create_payments_makes_the_missing_one_of_two(lin, mei):
    booking = make_completed_booking(lin, mei)
    Payment.objects.create(
        booking=booking, project=booking.project, person=mei, made_at=SESSION_END, approvable_at=DAY_7
    )

    assert create_payments_due(now=SESSION_END) == 1
    assert lines() == [("林小雨", "pay", 300_00)]


@pytest.mark.parametrize("status", ["confirmed", "checked_in", "cancelled", "failed"])
def test_create_payments_waits_for_a_completed_session(lin, mei, status):
    make_booking(lin, mei, status=status)

    assert create_payments_due(now=SESSION_END) == 0


def test_create_payments_pays_the_one_turned_away_a_third(lin, mei):
    make_booking(lin, mei, status="failed", outcomes=("turned_away", "no_show"))

    assert create_payments_due(now=SESSION_END) == 1
    assert lines() == [("林小雨", "show_up_fee", 100_00)]


def test_create_payments_pays_both_when_the_studio_failed(lin, mei):
    project = make_project(show_up_fee_divisor=4)
    make_booking(
        lin, mei, project=project, status="failed", rate_fen=299_99, outcomes=("turned_away", "turned_away")
    )

    assert create_payments_due(now=SESSION_END) == 2
    assert lines() == [("林小雨", "show_up_fee", 74_99), ("梅朵", "show_up_fee", 74_99)]


def test_create_payments_waits_while_the_door_is_open(lin, mei):
    booking = make_booking(lin, mei, status="confirmed", outcomes=("turned_away", "no_show"))
    assert create_payments_due(now=SESSION_END) == 0

    Attendance.objects.filter(booking=booking, person=lin).update(outcome="no_show")
    type(booking).objects.filter(pk=booking.pk).update(status="failed")
    assert create_payments_due(now=SESSION_END) == 0


def test_approve_payments_on_day_7_and_not_a_second_before(lin):
    payment = make_payment(lin)

    assert approve_payments_due(now=DAY_7 - timedelta(seconds=1)) == 0
    assert approve_payments_due(now=DAY_7) == 2

    payment.refresh_from_db()
    assert (payment.status, payment.approved_at) == ("approved", DAY_7)
    assert payment.events.values_list("old", "new", "by").last() == ("due", "approved", None)
    assert approve_payments_due(now=DAY_7) == 0


def test_approve_payments_leaves_the_one_with_an_open_deduction(lin, mara):
    payment = make_payment(lin)
    make_deduction(payment, by=mara)

    assert approve_payments_due(now=DAY_7) == 1
    payment.refresh_from_db()
    assert payment.status == "due"


def test_approve_payment_early_needs_a_reason(lin, fang):
    payment = make_payment(lin)

    with pytest.raises(PaymentRefused) as refused:
        approve_payment(payment, by=fang, now=DAY_7 - timedelta(seconds=1), reason="  ")
    assert refused.value.code == "reason_missing"

    approve_payment(payment, by=fang, now=DAY_7 - timedelta(seconds=1), reason="Leaves the city.")
    assert payment.events.values_list("old", "new", "by", "reason").last() == (
        "due",
        "approved",
        fang.pk,
        "Leaves the city.",
    )


def test_approve_payment_from_day_7_needs_none(lin, fang):
    payment = make_payment(lin)
    approve_payment(payment, by=fang, now=DAY_7)
    payment.refresh_from_db()
    assert payment.status == "approved"


def test_approve_payment_with_an_open_deduction_is_refused(lin, mara, fang):
    payment = make_payment(lin)
    make_deduction(payment, by=mara)
    with pytest.raises(PaymentRefused) as refused:
        approve_payment(payment, by=fang, now=DAY_7)
    assert refused.value.code == "open_deduction"


def test_approve_payment_of_ones_own_is_refused(lin):
    payment = make_payment(lin)
    with pytest.raises(PaymentRefused) as refused:
        approve_payment(payment, by=lin, now=DAY_7)
    assert refused.value.code == "own_payment"


def test_approve_payment_a_second_time_is_refused(lin, fang, fei):
    payment = make_payment(lin)
    stale = Payment.objects.get(pk=payment.pk)
    approve_payment(payment, by=fang, now=DAY_7)

    with pytest.raises(PaymentRefused) as refused:
        approve_payment(stale, by=fei, now=DAY_7)

    assert refused.value.code == "moved"
    assert payment.events.filter(new="approved").count() == 1
