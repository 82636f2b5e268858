import pytest

from payments.answers import Answer, Outcome
from payments.ledger import net_fen
from payments.models import PaymentLine, Payout, TaxAssessment
from payments.payouts import BatchRefused, approve_batch, make_batch, mark_submitted
from payments.results import Recorded, record_results
from tests.factories import NOW, make_staff
from tests.payments.makers import (
    make_account,
    make_approved_payment,
    make_payable_payment,
    make_submitted_batch,
)
from tests.payments.makers import make_batch as make_any_batch


def answer(payout, outcome="success", **fields):
    return Answer(number=payout.number, outcome=Outcome(outcome), **fields)


def code_of(batch, rows, by):
    with pytest.raises(BatchRefused) as refused:
        record_results(batch, rows=rows, by=by, now=NOW)
    return refused.value.code


@pytest.fixture
def pair_batch(lin, mei, fang, fei):
    return make_submitted_batch(
        by=fang, approver=fei, payments=[make_payable_payment(lin), make_payable_payment(mei)]
    )


def test_record_success_pays_the_payment_and_settles_the_batch(pair_batch, lin, fang):
    first, second = pair_batch.payouts.order_by("pk")
    rows = [answer(first, amount_fen=300_00), answer(second)]

    assert record_results(pair_batch, rows=rows, by=fang, now=NOW) == Recorded(paid=2)

    first.refresh_from_db()
    assert (first.status, first.settled_at, first.payment.status, first.payment.paid_at) == (
        "success",
        NOW,
        "paid",
        NOW,
    )
    assert pair_batch.status == "settled"
    assert [event.new for event in first.events.all()] == ["draft", "approved", "submitted", "success"]


def test_record_failure_gives_the_payment_back(pair_batch, lin, fang):
    first = pair_batch.payouts.order_by("pk").first()

    recorded = record_results(
        pair_batch, rows=[answer(first, "failed", message="账号有误")], by=fang, now=NOW
    )

    assert recorded == Recorded(failed=1)
    first.refresh_from_db()
    assert (first.status, first.result, first.payment.status) == ("failed", "账号有误", "approved")
    assert first.events.last().reason == "账号有误"
    pair_batch.refresh_from_db()
    assert pair_batch.status == "submitted"


def test_record_failure_gives_the_tax_back_and_the_next_number_names_it(lin, fang, fei):
    payments = [make_approved_payment(lin) for _session in range(3)]
    make_account(lin)
    batch = make_submitted_batch(by=fang, approver=fei, payments=payments)
    third = batch.payouts.order_by("pk").last()
    assert third.amount_fen == 280_00

    record_results(batch, rows=[answer(third, "failed")], by=fang, now=NOW)

    assert net_fen(third.payment) == 300_00
    assert list(PaymentLine.objects.filter(payout=third).values_list("kind", "amount_fen")) == [
        ("tax", -20_00),
        ("correction", 20_00),
    ]
    again = make_batch([payments[2]], by=fang, now=NOW)
    approve_batch(again, by=fei, now=NOW)
    payout = again.payouts.get()
    assert (payout.replaces, payout.amount_fen) == (third, 280_00)
    assert payout.number != third.number
    assert TaxAssessment.objects.get(payout=payout).month_gross_fen == 900_00


def test_record_unknown_waits_and_keeps_its_number(pair_batch, fang):
    first = pair_batch.payouts.order_by("pk").first()
    record_results(pair_batch, rows=[answer(first, "unknown")], by=fang, now=NOW)
    first.refresh_from_db()
    assert (first.status, first.settled_at, first.payment.status) == ("unknown", None, "in_batch")

    assert record_results(pair_batch, rows=[answer(first)], by=fang, now=NOW) == Recorded(paid=1)
    first.refresh_from_db()
    assert first.payment.status == "paid"


def test_record_the_same_answers_twice_changes_nothing(pair_batch, fang):
    rows = [answer(payout) for payout in pair_batch.payouts.all()]
    record_results(pair_batch, rows=rows, by=fang, now=NOW)
    assert record_results(pair_batch, rows=rows, by=fang, now=NOW) == Recorded(unchanged=2)


def test_record_another_final_answer_is_refused(pair_batch, fang):
    first = pair_batch.payouts.order_by("pk").first()
    record_results(pair_batch, rows=[answer(first)], by=fang, now=NOW)
    assert code_of(pair_batch, [answer(first, "failed")], fang) == "already_settled"
    assert code_of(pair_batch, [answer(first, "unknown")], fang) == "already_settled"


def test_record_one_bad_answer_refuses_all(pair_batch, fang):
    first = pair_batch.payouts.order_by("pk").first()
    rows = [answer(first), Answer(number="D0", outcome=Outcome.SUCCESS)]
    assert code_of(pair_batch, rows, fang) == "unknown_number"
    assert not Payout.objects.filter(status="success").exists()


def test_record_a_number_of_another_batch_is_refused(pair_batch, fang, fei):
    other = make_submitted_batch(by=fang, approver=fei)
    assert code_of(pair_batch, [answer(other.payouts.get())], fang) == "unknown_number"


def test_record_two_results_of_one_number_is_refused(pair_batch, fang):
    first = pair_batch.payouts.order_by("pk").first()
    assert code_of(pair_batch, [answer(first), answer(first, "failed")], fang) == "conflicting_results"
    assert record_results(pair_batch, rows=[answer(first)] * 2, by=fang, now=NOW) == Recorded(paid=1)


def test_record_another_amount_is_refused(pair_batch, fang):
    first = pair_batch.payouts.order_by("pk").first()
    assert code_of(pair_batch, [answer(first, amount_fen=300_01)], fang) == "wrong_amount"


def test_record_the_result_of_ones_own_pay_is_refused(fang, fei):
    batch = make_submitted_batch(
        by=fei, approver=make_staff("finance"), payments=[make_payable_payment(fang)]
    )

    assert code_of(batch, [answer(batch.payouts.get(), "failed")], fang) == "own_payment"


def test_record_before_the_batch_is_submitted_is_refused(db, fang, fei):
    batch = make_any_batch(by=fang)
    assert code_of(batch, [answer(batch.payouts.get())], fang) == "not_submitted"
    approve_batch(batch, by=fei, now=NOW)
    assert code_of(batch, [answer(batch.payouts.get())], fang) == "not_submitted"
    mark_submitted(batch, by=fei, now=NOW)
    record_results(batch, rows=[answer(batch.payouts.get())], by=fang, now=NOW)
