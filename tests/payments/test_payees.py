import pytest
from django.db import connection

from payments.models import AccountEvent, PayeeAccount
from payments.payees import AccountRefused, clean_number, mask, reveal_account, save_account
from tests.factories import NOW

CARD = "6222021001116245702"


def code_of(function, *args, **kwargs):
    with pytest.raises(AccountRefused) as refused:
        function(*args, **kwargs)
    return refused.value.code


def save(person, **fields):
    defaults = {"kind": "bank", "holder_name": "林小雨", "number": CARD, "bank_name": "工商银行"}
    return save_account(person, now=NOW, **(defaults | fields))


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("bank", " 6222 0210 0111 6245 702 ", CARD),
        ("bank", "６２２２０２１００１１１６２４５７０２", CARD),
        ("bank", "6222-0210-0111-6245-702", CARD),
        ("bank", "12345678", "12345678"),
        ("alipay", "13800138000", "13800138000"),
        ("alipay", "Lin@Example.com", "lin@example.com"),
    ],
)
def test_clean_number_folds_what_people_type(kind, typed, kept):
    assert clean_number(typed, kind=kind) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("bank", ""),
        ("bank", "1234567"),
        ("bank", "1" * 31),
        ("bank", "62220210011162457O2"),
        ("bank", "lin@example.com"),
        ("alipay", "23800138000"),
        ("alipay", "1380013800"),
        ("alipay", "lin@example"),
        ("alipay", "=1+1@example.com"),
        ("alipay", "+1@example.com"),
        ("alipay", "-1@example.com"),
    ],
)
def test_clean_number_refuses_what_is_none(kind, typed):
    assert code_of(clean_number, typed, kind=kind) == "bad_number"


def test_save_account_keeps_it_encrypted_and_logs_it(lin):
    account = save(lin)

    assert PayeeAccount.objects.get(pk=account.pk).number == CARD
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, holder_name, number_hash FROM payments_payeeaccount")
        stored = cursor.fetchone()
    assert all(CARD not in value and "林" not in value for value in stored)
    assert list(AccountEvent.objects.values_list("act", "masked", "by", "at")) == [
        ("saved", "工商银行 •••• 5702", lin.pk, NOW)
    ]


def test_save_account_again_replaces_it(lin):
    save(lin)
    save(lin, kind="alipay", number="13800138000", bank_name="ignored")
    account = PayeeAccount.objects.get()
    assert (account.kind, account.number, account.bank_name) == ("alipay", "13800138000", "")
    assert AccountEvent.objects.count() == 2


def test_save_account_of_somebody_else_is_refused(lin, mei):
    save(lin)
    assert code_of(save, mei, number="6222 0210 0111 6245 702") == "taken"


@pytest.mark.parametrize("name", ["", "  ", "=1+1", "＝林", "林𠮷", "林\u0007"])
def test_save_account_with_a_name_no_bank_takes_is_refused(lin, name):
    assert code_of(save, lin, holder_name=name) == "bad_name"


@pytest.mark.parametrize("bank_name", ["", " ", "@bank"])
def test_save_account_without_a_bank_is_refused(lin, bank_name):
    assert code_of(save, lin, bank_name=bank_name) == "bank_missing"


@pytest.mark.parametrize(
    ("kind", "number", "masked"),
    [
        ("bank", CARD, "工商银行 •••• 5702"),
        ("alipay", "13800138000", "138••••8000"),
        ("alipay", "lin@example.com", "l••••@example.com"),
    ],
)
def test_mask_shows_what_its_owner_knows(kind, number, masked):
    assert (
        mask(PayeeAccount(kind=kind, number=number, bank_name="工商银行" if kind == "bank" else "")) == masked
    )


def test_reveal_account_is_logged_with_its_reason(lin, fang):
    account = save(lin)
    assert code_of(reveal_account, account, by=fang, reason=" ", now=NOW) == "reason_missing"
    assert reveal_account(account, by=fang, reason="The bank asks.", now=NOW) == CARD
    assert AccountEvent.objects.values_list("act", "by", "reason").last() == (
        "revealed",
        fang.pk,
        "The bank asks.",
    )
