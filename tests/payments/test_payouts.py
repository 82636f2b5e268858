import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from payments.deductions import approve_deduction
from payments.files import FileRefused
from payments.ledger import net_fen
from payments.models import (
    BatchFile,
    PayeeAccount,
    Payment,
    PaymentLine,
    Payout,
    PayoutBatch,
    TaxAssessment,
)
from payments.payouts import (
    BatchRefused,
    approve_batch,
    cancel_batch,
    make_batch,
    make_number,
    mark_submitted,
    read_file,
)
from tests.factories import NOW, make_person
from tests.payments.makers import (
    make_account,
    make_approved_payment,
    make_deduction,
    make_payable_payment,
    make_payment,
)
from tests.payments.makers import make_batch as make_any_batch


def code_of(function, *args, **kwargs):
    with pytest.raises(BatchRefused) as refused:
        function(*args, **kwargs)
    return refused.value.code


def test_make_batch_takes_each_payment_under_a_number_of_its_own(lin, mei, fang):
    first, second = make_payable_payment(lin), make_payable_payment(mei)

    batch = make_batch([first, second], by=fang, now=NOW)

    assert (batch.status, batch.kind, batch.made_by, batch.total_fen) == ("draft", "bank", fang, None)
    payouts = list(batch.payouts.order_by("pk"))
    assert [(p.payment, p.status, p.amount_fen, p.replaces) for p in payouts] == [
        (first, "draft", 300_00, None),
        (second, "draft", 300_00, None),
    ]
    assert len({p.number for p in payouts}) == 2
    first.refresh_from_db()
    assert first.status == "in_batch"
    assert list(batch.events.values_list("old", "new", "by")) == [("", "draft", fang.pk)]
    assert list(payouts[0].events.values_list("old", "new", "by")) == [("", "draft", fang.pk)]


def test_make_number_fits_every_bank():
    number = make_number(now=datetime(2026, 3, 1, 20, 0, tzinfo=UTC))
    assert re.fullmatch(r"D20260302[A-Z0-9]{14}", number)
    assert len(number) <= 32


@pytest.mark.parametrize("payments", [[]])
def test_make_batch_of_nothing_is_refused(db, fang, payments):
    assert code_of(make_batch, payments, by=fang, now=NOW) == "empty"


def test_make_batch_of_a_due_payment_is_refused(lin, fang):
    payment = make_payment(lin)
    make_account(lin)
    assert code_of(make_batch, [payment], by=fang, now=NOW) == "not_approved"


def test_make_batch_without_an_account_is_refused(lin, fang):
    assert code_of(make_batch, [make_approved_payment(lin)], by=fang, now=NOW) == "no_account"


def test_make_batch_of_two_kinds_is_refused(lin, mei, fang):
    payments = [make_payable_payment(lin), make_payable_payment(mei, kind="alipay")]
    assert code_of(make_batch, payments, by=fang, now=NOW) == "mixed_accounts"


def test_make_batch_with_nothing_to_pay_is_refused(lin, mara, fang):
    payment = make_payment(lin)
    approve_deduction(make_deduction(payment, by=mara, amount_fen=300_00), by=fang, now=NOW)
    make_account(lin)
    Payment.objects.filter(pk=payment.pk).update(status="approved", approved_at=NOW)
    assert code_of(make_batch, [payment], by=fang, now=NOW) == "nothing_to_pay"
    assert not Payment.objects.payable().exists()


def test_make_batch_twice_lets_the_first_win(lin, fang, fei):
    payment = make_payable_payment(lin)
    stale = Payment.objects.get(pk=payment.pk)
    make_batch([payment], by=fang, now=NOW)

    assert code_of(make_batch, [stale], by=fei, now=NOW) == "not_approved"
    assert Payout.objects.count() == 1


def test_database_refuses_a_second_live_payout(lin, fang):
    payment = make_payable_payment(lin)
    batch = make_batch([payment], by=fang, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payout.objects.create(batch=batch, payment=payment, number="D1", amount_fen=1)


def test_approve_batch_freezes_the_file_its_digest_and_its_total(lin, mei, fang, fei):
    batch = make_batch([make_payable_payment(lin), make_payable_payment(mei)], by=fang, now=NOW)

    approve_batch(batch, by=fei, now=NOW + timedelta(minutes=5))

    assert (batch.status, batch.approved_by, batch.approved_at) == (
        "approved",
        fei,
        NOW + timedelta(minutes=5),
    )
    assert batch.total_fen == 600_00
    content = read_file(batch)
    assert hashlib.sha256(content).hexdigest() == batch.file_sha256
    numbers = list(batch.payouts.order_by("pk").values_list("number", flat=True))
    accounts = [PayeeAccount.objects.get(person=person).number for person in (lin, mei)]
    assert content.decode("utf-8-sig").split("\r\n") == [
        '"收款方名称","收款方账号","收款方开户行名称","收款行联行号","金额","附言/用途"',
        f'"林小雨","{accounts[0]}","中国工商银行成都天府支行","","300.00","{numbers[0]}"',
        f'"林小雨","{accounts[1]}","中国工商银行成都天府支行","","300.00","{numbers[1]}"',
        "",
    ]
    assert batch.file.name == f"payout-{batch.pk}-bank-20260302.csv"
    assert set(batch.payouts.values_list("status", flat=True)) == {"approved"}
    assert batch.payouts.first().paid_to == f"中国工商银行成都天府支行 •••• {accounts[0][-4:]}"


def test_approve_batch_keeps_the_accounts_unreadable_in_the_database(lin, fang, fei):
    batch = make_any_batch(by=fang, payments=[make_payable_payment(lin)])
    approve_batch(batch, by=fei, now=NOW)
    number = PayeeAccount.objects.get(person=lin).number
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM payments_batchfile")
        assert number not in cursor.fetchone()[0]


def test_approve_batch_of_ones_own_is_refused(lin, fang):
    batch = make_any_batch(by=fang)
    assert code_of(approve_batch, batch, by=fang, now=NOW) == "own_batch"
    with pytest.raises(IntegrityError), transaction.atomic():
        PayoutBatch.objects.filter(pk=batch.pk).update(approved_by=fang)


def test_approve_batch_with_ones_own_pay_is_refused(lin, fang):
    batch = make_any_batch(by=fang, payments=[make_payable_payment(lin)])
    assert code_of(approve_batch, batch, by=lin, now=NOW) == "own_payment"


def test_approve_batch_twice_lets_the_first_win(lin, fang, fei, mara):
    batch = make_any_batch(by=fang)
    stale = PayoutBatch.objects.get(pk=batch.pk)
    approve_batch(batch, by=fei, now=NOW)

    assert code_of(approve_batch, stale, by=mara, now=NOW) == "moved"
    assert BatchFile.objects.count() == TaxAssessment.objects.count() == 1
    batch.refresh_from_db()
    assert batch.approved_by == fei


def test_approve_batch_after_a_change_of_kind_is_refused_whole(lin, fang, fei):
    payment = make_payable_payment(lin)
    batch = make_batch([payment], by=fang, now=NOW)
    make_account(lin, kind="alipay")

    assert code_of(approve_batch, batch, by=fei, now=NOW) == "account_changed"
    batch.refresh_from_db()
    assert (batch.status, batch.payouts.get().status) == ("draft", "draft")
    assert not BatchFile.objects.exists()


def test_approve_batch_with_a_name_that_gbk_has_not_is_refused(lin, fang, fei):
    payment = make_payable_payment(lin, kind="alipay")
    batch = make_batch([payment], by=fang, now=NOW)
    account = PayeeAccount.objects.get(person=lin)
    account.holder_name = "林𠮷"
    account.save()

    with pytest.raises(FileRefused) as refused:
        approve_batch(batch, by=fei, now=NOW)
    assert refused.value.code == "unencodable"
    batch.refresh_from_db()
    assert batch.status == "draft"


def test_approve_batch_withholds_over_the_month(lin, fang, fei):
    payments = [make_approved_payment(lin) for _session in range(4)]
    make_account(lin)
    batch = make_batch(payments[:2], by=fang, now=NOW)
    approve_batch(batch, by=fei, now=NOW)
    second = make_batch(payments[2:], by=fang, now=NOW)
    approve_batch(second, by=fei, now=NOW)

    assert list(Payout.objects.order_by("pk").values_list("amount_fen", flat=True)) == [
        300_00,
        300_00,
        280_00,
        240_00,
    ]
    assert (batch.total_fen, second.total_fen) == (600_00, 520_00)
    assert [net_fen(payment) for payment in payments] == [300_00, 300_00, 280_00, 240_00]
    assert list(
        TaxAssessment.objects.order_by("pk").values_list(
            "gross_fen",
            "month_gross_fen",
            "month_withheld_fen",
            "withheld_fen",
            "month_on",
            "mode",
            "rule_version",
        )
    ) == [
        (300_00, 300_00, 0, 0, NOW.date().replace(day=1), "labour_61", "2018-61"),
        (300_00, 600_00, 0, 0, NOW.date().replace(day=1), "labour_61", "2018-61"),
        (300_00, 900_00, 0, 20_00, NOW.date().replace(day=1), "labour_61", "2018-61"),
        (300_00, 1_200_00, 20_00, 60_00, NOW.date().replace(day=1), "labour_61", "2018-61"),
    ]


def test_approve_batch_begins_a_new_month_at_local_midnight(lin, fang, fei):
    payments = [make_approved_payment(lin) for _session in range(3)]
    make_account(lin)
    last_second = datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)
    approve_batch(make_batch(payments[:2], by=fang, now=NOW), by=fei, now=last_second)
    batch = make_batch(payments[2:], by=fang, now=NOW)
    approve_batch(batch, by=fei, now=last_second + timedelta(seconds=1))

    assert batch.total_fen == 300_00


def test_frozen_file_is_changed_by_nobody(lin, fang, fei):
    batch = make_any_batch(by=fang)
    approve_batch(batch, by=fei, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        BatchFile.objects.filter(batch=batch).update(name="other.csv")
    with pytest.raises(DatabaseError), transaction.atomic():
        BatchFile.objects.filter(batch=batch).delete()


def test_mark_submitted_is_not_paid(lin, fang, fei):
    payment = make_payable_payment(lin)
    batch = make_batch([payment], by=fang, now=NOW)
    assert code_of(mark_submitted, batch, by=fang, now=NOW) == "moved"
    approve_batch(batch, by=fei, now=NOW)
    mark_submitted(batch, by=fang, now=NOW)

    payment.refresh_from_db()
    assert (batch.status, batch.payouts.get().status, payment.status) == (
        "submitted",
        "submitted",
        "in_batch",
    )
    assert code_of(mark_submitted, batch, by=fang, now=NOW) == "moved"


def test_cancel_batch_gives_its_payments_back_and_writes_no_line(lin, fang):
    payment = make_payable_payment(lin)
    batch = make_batch([payment], by=fang, now=NOW)
    lines = PaymentLine.objects.count()

    cancel_batch(batch, by=fang, now=NOW, reason="Wrong month.")

    payment.refresh_from_db()
    assert (batch.status, batch.payouts.get().status, payment.status) == (
        "cancelled",
        "cancelled",
        "approved",
    )
    assert payment.approved_at == NOW
    assert PaymentLine.objects.count() == lines
    assert batch.events.values_list("old", "new", "reason").last() == ("draft", "cancelled", "Wrong month.")


def test_cancel_batch_then_a_new_number_names_the_old(lin, fang):
    payment = make_payable_payment(lin)
    old = make_batch([payment], by=fang, now=NOW)
    cancel_batch(old, by=fang, now=NOW)
    new = make_batch([payment], by=fang, now=NOW)

    assert new.payouts.get().replaces == old.payouts.get()
    assert new.payouts.get().number != old.payouts.get().number


def test_cancel_batch_that_is_approved_is_refused(lin, fang, fei):
    batch = make_any_batch(by=fang)
    approve_batch(batch, by=fei, now=NOW)
    assert code_of(cancel_batch, batch, by=fang, now=NOW) == "moved"


def test_make_batch_counts_its_queries_the_same_for_one_and_three(db, fang, django_assert_num_queries):
    one = [make_payable_payment(make_person())]
    three = [make_payable_payment(make_person()) for _person in range(3)]
    with django_assert_num_queries(13):
        first = make_batch(one, by=fang, now=NOW)
    with django_assert_num_queries(13):
        second = make_batch(three, by=fang, now=NOW)
    assert (first.payouts.count(), second.payouts.count()) == (1, 3)
