from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from payments.deductions import (
    DeductionRefused,
    approve_deduction,
    deductible_fen,
    propose_deduction,
    refuse_deduction,
)
from payments.earnings import approve_payment
from payments.ledger import net_fen
from payments.models import Deduction, PaymentLine
from tests.payments.makers import SESSION_END, make_deduction, make_payment

AT = SESSION_END + timedelta(days=1)


def code_of(function, *args, **kwargs):
    with pytest.raises(DeductionRefused) as refused:
        function(*args, **kwargs)
    return refused.value.code


@pytest.fixture
def payment(lin):
    return make_payment(lin)


def test_propose_deduction_writes_no_line_yet(payment, mara):
    deduction = make_deduction(payment, by=mara, now=AT)

    assert (deduction.status, deduction.proposed_by, deduction.proposed_at) == ("proposed", mara, AT)
    assert list(deduction.events.values_list("old", "new", "by")) == [("", "proposed", mara.pk)]
    assert net_fen(payment) == 300_00
    assert deductible_fen(payment) == 250_00


def test_propose_deduction_takes_the_whole_pay_and_no_fen_more(payment, mara):
    assert code_of(make_deduction, payment, by=mara, amount_fen=300_01) == "over_pay"
    make_deduction(payment, by=mara, amount_fen=200_00)
    assert code_of(make_deduction, payment, by=mara, amount_fen=100_01) == "over_pay"
    make_deduction(payment, by=mara, amount_fen=100_00)
    assert deductible_fen(payment) == 0


def test_propose_deduction_after_an_approved_one_counts_it(payment, mara, fang):
    approve_deduction(make_deduction(payment, by=mara, amount_fen=250_00), by=fang, now=AT)
    assert code_of(make_deduction, payment, by=mara, amount_fen=50_01) == "over_pay"


def test_propose_deduction_after_a_refused_one_does_not_count_it(payment, mara, fang):
    refuse_deduction(make_deduction(payment, by=mara, amount_fen=250_00), by=fang, now=AT, note="Not heard.")
    assert deductible_fen(payment) == 300_00


@pytest.mark.parametrize("amount_fen", [0, -1])
def test_propose_deduction_of_nothing_is_refused(payment, mara, amount_fen):
    assert code_of(make_deduction, payment, by=mara, amount_fen=amount_fen) == "amount_not_positive"


@pytest.mark.parametrize(
    ("take", "from_s", "to_s"),
    [("", None, None), (" ", None, None), ("", 10, None), ("", None, 10), ("", 10, 10), ("17/2", 10, 9)],
)
def test_propose_deduction_without_evidence_is_refused(payment, mara, take, from_s, to_s):
    code = code_of(
        make_deduction, payment, by=mara, evidence_take=take, evidence_from_s=from_s, evidence_to_s=to_s
    )
    assert code == "evidence_missing"


def test_propose_deduction_with_a_time_range(payment, mara):
    deduction = make_deduction(payment, by=mara, evidence_take="", evidence_from_s=0, evidence_to_s=1)
    assert (deduction.evidence_from_s, deduction.evidence_to_s) == (0, 1)


def test_propose_deduction_without_words_is_refused(payment, mara):
    assert code_of(make_deduction, payment, by=mara, words="  ") == "words_missing"


def test_propose_deduction_from_ones_own_pay_is_refused(payment, lin):
    assert code_of(make_deduction, payment, by=lin) == "own_payment"


def test_propose_deduction_from_an_approved_payment_is_refused(payment, mara, fang):
    approve_payment(payment, by=fang, now=AT, reason="Test.")
    assert code_of(make_deduction, payment, by=mara) == "not_due"


def test_approve_deduction_writes_its_line(payment, mara, fang):
    deduction = make_deduction(payment, by=mara)
    approve_deduction(deduction, by=fang, now=AT, note="Heard it.")

    deduction.refresh_from_db()
    assert (deduction.status, deduction.decided_by, deduction.decided_at) == ("approved", fang, AT)
    assert list(deduction.events.values_list("old", "new", "by", "reason")) == [
        ("", "proposed", mara.pk, ""),
        ("proposed", "approved", fang.pk, "Heard it."),
    ]
    assert list(payment.lines.values_list("kind", "amount_fen", "deduction", "by")) == [
        ("pay", 300_00, None, None),
        ("deduction", -50_00, deduction.pk, fang.pk),
    ]
    assert net_fen(payment) == 250_00


def test_refuse_deduction_leaves_the_pay(payment, mara, fang):
    deduction = make_deduction(payment, by=mara)
    refuse_deduction(deduction, by=fang, now=AT, note="Nothing to hear there.")

    deduction.refresh_from_db()
    assert (deduction.status, deduction.decision_note) == ("refused", "Nothing to hear there.")
    assert net_fen(payment) == 300_00


def test_refuse_deduction_without_a_note_is_refused(payment, mara, fang):
    assert (
        code_of(refuse_deduction, make_deduction(payment, by=mara), by=fang, now=AT, note=" ")
        == "note_missing"
    )


def test_decide_deduction_of_ones_own_is_refused(payment, fang):
    deduction = make_deduction(payment, by=fang)
    assert code_of(approve_deduction, deduction, by=fang, now=AT) == "own_proposal"
    assert code_of(refuse_deduction, deduction, by=fang, now=AT, note="No.") == "own_proposal"


def test_decide_deduction_from_ones_own_pay_is_refused(payment, lin, mara):
    deduction = make_deduction(payment, by=mara)
    assert code_of(approve_deduction, deduction, by=lin, now=AT) == "own_payment"


def test_decide_deduction_twice_lets_the_first_win(payment, mara, fang, fei):
    deduction = make_deduction(payment, by=mara)
    stale = Deduction.objects.get(pk=deduction.pk)
    approve_deduction(deduction, by=fang, now=AT)

    assert code_of(approve_deduction, stale, by=fei, now=AT) == "decided"
    assert code_of(refuse_deduction, stale, by=fei, now=AT, note="No.") == "decided"
    assert PaymentLine.objects.filter(kind="deduction").count() == 1


def test_database_refuses_a_decision_by_the_proposer(payment, mara):
    deduction = make_deduction(payment, by=mara)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deduction.objects.filter(pk=deduction.pk).update(status="approved", decided_by=mara, decided_at=AT)


def test_database_refuses_half_a_time_range(payment, mara):
    with pytest.raises(IntegrityError), transaction.atomic():
        Deduction.objects.create(
            payment=payment,
            reason="noise",
            amount_fen=1,
            words="x",
            evidence_from_s=3,
            proposed_by=mara,
            proposed_at=AT,
        )


def test_propose_deduction_keeps_a_due_payment_only_while_open(payment, mara, fang):
    deduction = propose_deduction(
        payment, reason="late", amount_fen=1, words="Late.", evidence_take="1/1", by=mara, now=AT
    )
    refuse_deduction(deduction, by=fang, now=AT, note="Was on time.")
    approve_payment(payment, by=fang, now=AT, reason="Test.")
