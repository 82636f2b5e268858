from datetime import timedelta

import pytest

from payments.deductions import approve_deduction
from payments.earnings import approve_payment
from payments.models import PayeeAccount
from payments.results import record_results
from tests.factories import NOW, make_person
from tests.payments.makers import (
    make_account,
    make_deduction,
    make_payable_payment,
    make_payment,
    make_submitted_batch,
)
from tests.payments.test_results import answer

CARD = "6222021001116245702"


def post_account(client, **fields):
    typed = {"kind": "bank", "holder_name": "林小雨", "number": CARD, "bank_name": "工商银行"}
    return client.post("/pay/account/", typed | fields)


def test_statement_shows_every_line_with_its_reason(client_for, lin, mara, fang, clock):
    payment = make_payment(lin)
    approve_deduction(make_deduction(payment, by=mara), by=fang, now=NOW)

    page = client_for(lin).get("/pay/").content.decode()

    assert "¥300.00" in page
    assert "−¥50.00" in page
    assert "There was a phone ringing in dialogue 17." in page
    assert "17/2" in page


def test_statement_of_a_newcomer_says_the_next_step(client_for, lin, clock):
    response = client_for(lin).get("/pay/")
    assert response.status_code == 200
    assert response.context["cards"] == []
    assert "/pay/account/" in response.content.decode()


def test_statement_says_that_nothing_is_left_to_pay(client_for, lin, mara, fang, clock):
    payment = make_payment(lin)
    approve_deduction(make_deduction(payment, by=mara, amount_fen=300_00), by=fang, now=NOW)
    approve_payment(payment, by=fang, now=NOW, reason="A test.")

    (card,) = client_for(lin).get("/pay/").context["cards"]

    assert (card.payment.status, [step["state"] for step in card.steps]) == ("closed", ["done", "done"])


def test_statement_tells_of_a_failed_transfer(client_for, lin, fang, fei, clock):
    batch = make_submitted_batch(by=fang, approver=fei, payments=[make_payable_payment(lin)])
    record_results(batch, rows=[answer(batch.payouts.get(), "failed", message="账号有误")], by=fang, now=NOW)
    assert "账号有误" in client_for(lin).get("/pay/").content.decode()


def test_statement_sums(client_for, lin, fang, fei, clock):
    batch = make_submitted_batch(by=fang, approver=fei, payments=[make_payable_payment(lin)])
    record_results(batch, rows=[answer(batch.payouts.get())], by=fang, now=NOW)
    make_payable_payment(lin)
    due = make_payment(lin)

    context = client_for(lin).get("/pay/").context

    assert context["sums"] == {
        "paid_fen": 300_00,
        "coming_fen": 300_00,
        "due_fen": 300_00,
        "next_at": due.approvable_at,
    }
    (month,) = context["months"]
    assert (month["sessions"], month["earned_fen"], month["net_fen"]) == (3, 900_00, 900_00)


def test_statement_shows_nothing_of_others(client_for, lin, mei, clock):
    payment = make_payment(lin)
    make_account(lin, number=CARD)
    page = client_for(mei).get("/pay/")
    assert page.context["cards"] == []
    assert str(CARD[-4:]) not in page.content.decode()
    assert client_for(mei).get(f"/pay/payments/{payment.pk}/").status_code == 404


def test_statement_asks_the_same_for_one_and_three(
    client_for, lin, mei, fang, fei, clock, django_assert_max_num_queries, django_assert_num_queries
):
    make_submitted_batch(by=fang, approver=fei, payments=[make_payable_payment(lin)])
    make_submitted_batch(by=fang, approver=fei, payments=[make_payable_payment(mei) for _session in range(3)])
    one, three = client_for(lin), client_for(mei)
    with django_assert_max_num_queries(14) as few:
        one.get("/pay/")
    with django_assert_num_queries(len(few)):
        three.get("/pay/")


def test_statement_pages(client_for, lin, clock):
    for _session in range(11):
        make_payment(lin)
    client = client_for(lin)
    assert len(client.get("/pay/").context["cards"]) == 10
    assert len(client.get("/pay/?page=2").context["cards"]) == 1
    assert len(client.get("/pay/?page=nonsense").context["cards"]) == 10


@pytest.mark.parametrize("address", ["/pay/", "/pay/account/"])
def test_own_pages_are_for_participants(client, client_for, rui, fang, address):
    assert client_for(rui).get(address).status_code == 403
    assert client_for(fang).get(address).status_code == 403
    assert client.get(address).status_code == 302


def test_statement_refuses_a_wrong_method(client_for, lin, clock):
    assert client_for(lin).post("/pay/").status_code == 405
    assert client_for(lin).delete("/pay/account/").status_code == 405


def test_payment_detail_is_the_card_of_its_person(client_for, lin, clock):
    payment = make_payment(lin)
    response = client_for(lin).get(f"/pay/payments/{payment.pk}/")
    assert response.status_code == 200
    assert response.context["card"].payment == payment


def test_account_is_saved_and_masked(client_for, lin, clock):
    client = client_for(lin)
    assert post_account(client).headers["Location"] == "/pay/"
    assert PayeeAccount.objects.get(person=lin).number == CARD
    for address in ("/pay/", "/pay/account/"):
        page = client.get(address).content.decode()
        assert "工商银行 •••• 5702" in page
        assert CARD not in page


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"number": "12"}, "number"),
        ({"number": ""}, "number"),
        ({"holder_name": "=1"}, "holder_name"),
        ({"bank_name": ""}, "bank_name"),
        ({"kind": "cheque"}, "kind"),
    ],
)
def test_account_form_says_what_is_wrong_where(client_for, lin, clock, fields, field):
    response = post_account(client_for(lin), **fields)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not PayeeAccount.objects.exists()


def test_account_of_another_is_refused_on_the_form(client_for, lin, clock):
    make_account(make_person(), number=CARD, now=NOW - timedelta(days=1))
    response = post_account(client_for(lin))
    assert response.status_code == 422
    assert [error.code for error in response.context["form"].errors.as_data()["number"]] == ["taken"]
