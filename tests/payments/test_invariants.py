"""Each test breaks one thing behind the rules' back, with SQL, and sees the sweep find it and nothing else."""

import base64
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from accounts.fields import encrypt
from payments import invariants
from payments.deductions import approve_deduction, refuse_deduction
from payments.earnings import create_payments_due
from payments.models import Payment, PaymentLine, Payout
from payments.payouts import approve_batch, cancel_batch, read_file
from payments.payouts import make_batch as make_batch_of
from payments.results import record_results
from scheduling.models import Attendance
from tests.factories import NOW
from tests.payments.makers import (
    make_account,
    make_approved_payment,
    make_batch,
    make_booking,
    make_completed_booking,
    make_deduction,
    make_payable_payment,
    make_payment,
    make_submitted_batch,
)
from tests.payments.test_results import answer

SWEEPS = [
    invariants.broken_payments,
    invariants.broken_earnings,
    invariants.broken_deductions,
    invariants.broken_payouts,
    invariants.broken_taxes,
    invariants.broken_batches,
]


def found() -> list[str]:
    return [line for sweep in SWEEPS for line in sweep()]


@contextmanager
def open_books(*tables: str):
    """Take the triggers off and the checks away, as somebody with a database shell could, and put them back."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = [(name, sql) for name, sql in cursor.fetchall() if any(t in sql for t in tables)]
        for name, _sql in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield cursor
        for _name, sql in triggers:
            cursor.execute(sql)
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


def run(sql: str, *params, tables: tuple[str, ...] = ()) -> None:
    with open_books(*tables) as cursor:
        cursor.execute(sql, params)


@pytest.fixture
def books(lin, mei, mara, fang, fei, clock):
    """A month of everything that may happen to a payment, all of it right."""
    first = make_payable_payment(lin)
    deduction = make_deduction(make_payment(mei), by=mara)
    approve_deduction(deduction, by=fang, now=NOW)
    refuse_deduction(make_deduction(deduction.payment, by=mara), by=fang, now=NOW, note="No.")
    more = [make_approved_payment(lin) for _session in range(3)]
    cancel_batch(make_batch(by=fang, payments=more), by=fang, now=NOW)
    batch = make_submitted_batch(by=fang, approver=fei, payments=[first, *more])
    rows = [
        answer(payout, outcome)
        for payout, outcome in zip(
            batch.payouts.order_by("pk"), ["success", "failed", "unknown", "failed"], strict=True
        )
    ]
    record_results(batch, rows=rows, by=fang, now=NOW)
    approve_batch(make_batch(by=fei, payments=[more[0]]), by=fang, now=NOW)
    make_booking(lin, mei, status="failed", outcomes=("turned_away", "no_show"))
    create_payments_due(now=NOW)
    return batch


def test_sweeps_find_nothing_in_whole_books(books):
    assert found() == []


@pytest.mark.parametrize("sweep", SWEEPS)
def test_sweeps_ask_no_more_for_more(books, sweep, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        sweep()


def test_sweep_finds_a_payment_below_nothing(lin):
    payment = make_payment(lin)
    run(
        "INSERT INTO payments_paymentline (payment_id, kind, amount_fen, note, at)"
        " VALUES (%s, 'correction', -30001, '', %s)",
        payment.pk,
        NOW,
    )
    assert found() == [f"payment {payment.pk} comes to less than nothing"]


def test_sweep_finds_a_payment_without_its_line(lin):
    payment = make_payment(lin)
    run(
        "DELETE FROM payments_paymentline WHERE payment_id = %s", payment.pk, tables=("payments_paymentline",)
    )
    assert found() == [f"payment {payment.pk} has no line of pay or fee"]


def test_sweep_finds_a_payment_paid_by_hand(lin):
    payment = make_payment(lin)
    run(
        "UPDATE payments_payment SET status = 'paid', paid_at = %s, approved_at = %s WHERE id = %s",
        NOW,
        NOW,
        payment.pk,
    )
    assert found() == [
        f"payment {payment.pk} is paid without a payout that succeeded",
        f"payment {payment.pk} last changed to another status than it has",
    ]


def test_sweep_finds_a_payment_that_forgot_its_payout(lin, fang):
    payment = make_payable_payment(lin)
    make_batch(by=fang, payments=[payment])
    run("UPDATE payments_payment SET status = 'approved' WHERE id = %s", payment.pk)
    assert f"payment {payment.pk} is in a payout and does not know it" in found()


def test_sweep_finds_a_payment_in_a_dead_payout(lin, fang):
    payment = make_payable_payment(lin)
    make_batch(by=fang, payments=[payment])
    run("UPDATE payments_payout SET status = 'cancelled'")
    assert found() == [f"payment {payment.pk} is in a payout that does not live"]


def test_sweep_finds_a_success_that_paid_nobody(lin, fang, fei):
    payment = make_payable_payment(lin)
    make_submitted_batch(by=fang, approver=fei, payments=[payment])
    run("UPDATE payments_payout SET status = 'success'")
    assert found() == [f"payment {payment.pk} has a payout that succeeded and is not paid"]


def test_sweep_finds_a_session_that_paid_one_of_two(lin, mei, clock):
    booking = make_completed_booking(lin, mei, ends_at=NOW - timedelta(days=1, hours=1))
    create_payments_due(now=NOW)
    payment = Payment.objects.get(person=mei)
    for table in ("paymentline", "paymentevent"):
        run(f"DELETE FROM payments_{table} WHERE payment_id = %s", payment.pk, tables=(f"payments_{table}",))
    run("DELETE FROM payments_payment WHERE id = %s", payment.pk)
    assert found() == [f"booking {booking.pk} is completed and somebody has no payment"]


def test_sweep_gives_the_task_a_day(lin, mei, clock):
    make_completed_booking(lin, mei, ends_at=NOW - timedelta(hours=23))
    assert found() == []


def test_sweep_finds_a_fee_that_nobody_paid(lin, mei, clock):
    make_booking(lin, mei, status="failed", outcomes=("turned_away", "no_show"))
    attendance = Attendance.objects.get(person=lin)
    assert found() == [f"attendance {attendance.pk} was turned away and has no fee"]


def test_sweep_finds_a_payment_without_a_fact(lin, mei, clock):
    payment = make_payment(lin)
    run("UPDATE scheduling_booking SET status = 'cancelled' WHERE id = %s", payment.booking_id)
    assert f"payment {payment.pk} is for nothing that happened" in found()


def test_sweep_finds_a_fee_that_attendance_no_longer_explains(lin, mei, clock):
    make_booking(lin, mei, status="failed", outcomes=("turned_away", "no_show"))
    create_payments_due(now=NOW)
    run("UPDATE scheduling_attendance SET outcome = 'no_show'")
    assert found() == [f"payment {Payment.objects.get().pk} is for nothing that happened"]


def test_sweep_finds_a_changed_rate(lin):
    payment = make_payment(lin)
    run(
        "UPDATE payments_paymentline SET amount_fen = 40000 WHERE payment_id = %s",
        payment.pk,
        tables=("payments_paymentline",),
    )
    assert found() == [f"payment {payment.pk} pays another rate than was confirmed"]


def test_sweep_finds_a_deduction_decided_alone(lin, mara, fang):
    deduction = make_deduction(make_payment(lin), by=mara)
    approve_deduction(deduction, by=fang, now=NOW)
    run("UPDATE payments_deduction SET proposed_by_id = decided_by_id")
    assert found() == [f"deduction {deduction.pk} was decided by its proposer"]


def test_sweep_finds_a_deduction_without_its_line(lin, mara, fang):
    deduction = make_deduction(make_payment(lin), by=mara)
    approve_deduction(deduction, by=fang, now=NOW)
    run("UPDATE payments_deduction SET amount_fen = 1")
    assert found() == [f"deduction {deduction.pk} is approved without its line"]


def test_sweep_finds_a_line_of_a_refused_deduction(lin, mara, fang):
    deduction = make_deduction(make_payment(lin), by=mara)
    approve_deduction(deduction, by=fang, now=NOW)
    run("UPDATE payments_deduction SET status = 'refused'")
    assert found() == [f"deduction {deduction.pk} has a line and is not approved"]


def test_sweep_finds_a_deduction_open_too_long(lin, mara):
    payment = make_payment(lin)
    deduction = make_deduction(payment, by=mara)
    run("UPDATE payments_payment SET status = 'approved', approved_at = %s WHERE id = %s", NOW, payment.pk)
    assert f"deduction {deduction.pk} is open and its payment no longer due" in found()


def test_sweep_finds_two_live_payouts(lin, fang):
    payment = make_payable_payment(lin)
    batch = make_batch(by=fang, payments=[payment])
    cancel_batch(batch, by=fang, now=NOW)
    make_batch_of([payment], by=fang, now=NOW)
    run('DROP INDEX "one_live_payout_per_payment"')
    run("UPDATE payments_payout SET status = 'draft'")
    assert f"payment {payment.pk} has 2 live payouts" in found()


def test_sweep_finds_a_payout_of_another_amount(lin, fang):
    payout = make_batch(by=fang, payments=[make_payable_payment(lin)]).payouts.get()
    run("UPDATE payments_payout SET amount_fen = 1")
    assert found() == [f"payout {payout.pk} pays another amount than its lines"]


def test_sweep_finds_a_number_that_replaces_a_live_one(lin, mei, fang):
    first = make_batch(by=fang, payments=[make_payable_payment(lin)]).payouts.get()
    second = make_batch(by=fang, payments=[make_payable_payment(mei)]).payouts.get()
    run("UPDATE payments_payout SET replaces_id = %s WHERE id = %s", first.pk, second.pk)
    assert found() == [
        f"payout {second.pk} replaces a payout that lives",
        f"payout {second.pk} replaces a payout of another payment",
    ]


def test_sweep_finds_tax_that_the_rule_does_not_ask_for(books):
    run(
        "UPDATE payments_taxassessment SET month_gross_fen = 90000 WHERE month_gross_fen = 120000",
        tables=("payments_taxassessment",),
    )
    assert [line.split(" withholds ")[1] for line in found()] == ["6000 fen"] * 1


def test_sweep_finds_a_tax_line_without_its_assessment(books):
    line = PaymentLine.objects.filter(kind="tax", payout__status="unknown").get()
    run(
        "UPDATE payments_paymentline SET amount_fen = -1 WHERE id = %s",
        line.pk,
        tables=("payments_paymentline",),
    )
    assert found() == [
        f"payout {line.payout_id} pays another amount than its lines",
        f"payout {line.payout_id} has another tax line than its assessment",
    ]


def test_sweep_finds_tax_kept_on_a_failed_payout(books):
    back = PaymentLine.objects.filter(kind="correction").get()
    run("DELETE FROM payments_paymentline WHERE id = %s", back.pk, tables=("payments_paymentline",))
    assert f"payout {back.payout_id} failed and its tax was not given back" in found()


def test_sweep_finds_a_payout_that_was_never_assessed(books):
    payout = Payout.objects.get(status="success")
    run(
        "DELETE FROM payments_taxassessment WHERE payout_id = %s",
        payout.pk,
        tables=("payments_taxassessment",),
    )
    assert found() == [f"payout {payout.pk} left without a tax assessment"]


def test_sweep_finds_a_batch_approved_by_its_maker(books):
    run("UPDATE payments_payoutbatch SET approved_by_id = made_by_id WHERE id = %s", books.pk)
    assert found() == [f"payout batch {books.pk} was approved by its maker"]


def test_sweep_finds_a_settled_batch_with_open_payouts(books):
    run("UPDATE payments_payoutbatch SET status = 'settled' WHERE id = %s", books.pk)
    assert f"payout batch {books.pk} is over and has open payouts" in found()


def test_sweep_finds_a_batch_without_its_file(books):
    run("DELETE FROM payments_batchfile WHERE batch_id = %s", books.pk, tables=("payments_batchfile",))
    assert found() == [f"batch {books.pk} is approved without its file"]


def test_sweep_finds_a_file_that_was_exchanged(books):
    other = read_file(books).replace(b"300.00", b"900.00")
    run(
        "UPDATE payments_batchfile SET content = %s WHERE batch_id = %s",
        encrypt(base64.b64encode(other).decode()),
        books.pk,
        tables=("payments_batchfile",),
    )
    assert found() == [
        f"batch {books.pk} has a file with another SHA-256",
        f"batch {books.pk} has a file that names other payouts",
    ]


def test_sweep_finds_a_changed_total(books):
    run("UPDATE payments_payoutbatch SET total_fen = 1 WHERE id = %s", books.pk)
    assert found() == [f"batch {books.pk} has another total than its payouts"]


def test_whole_books_of_alipay(lin, fang, fei, clock):
    payment = make_approved_payment(lin)
    make_account(lin, kind="alipay")
    approve_batch(make_batch(by=fang, payments=[payment]), by=fei, now=NOW)
    assert found() == []
