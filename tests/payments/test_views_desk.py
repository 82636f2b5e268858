import csv
import io
from datetime import timedelta

import pytest

from payments.models import AccountEvent, Deduction, Payment
from scheduling.form_keys import make_form_key
from tests.factories import NOW, make_person, make_staff
from tests.payments.makers import (
    make_account,
    make_deduction,
    make_operator_of,
    make_payable_payment,
    make_payment,
    make_project,
)

WORDS = "There was a phone ringing."


def propose(client, payment, **fields):
    typed = {
        "form_key": make_form_key(),
        "reason": "noise",
        "amount": "50.00",
        "evidence_take": "17/2",
        "words": WORDS,
    }
    return client.post(f"/pay/payments/{payment.pk}/deduct/", typed | fields)


# --- the list


def test_payment_list_shows_rows_and_totals(client_for, lin, fang, clock):
    payment = make_payment(lin)
    response = client_for(fang).get("/pay/payments/")
    assert response.status_code == 200
    assert payment in response.context["rows"]
    assert response.context["sums"] == {
        "count": 2,
        "earned_fen": 600_00,
        "deducted_fen": 0,
        "tax_fen": 0,
        "net_fen": 600_00,
    }
    assert "¥600.00" in response.content.decode()


def test_payment_list_filters_by_status_month_and_project(client_for, lin, mei, fang, clock):
    project = make_project()
    first = make_payment(lin, project=project)
    make_payable_payment(mei, ends_at=NOW - timedelta(days=40))
    client = client_for(fang)

    def found(query):
        return {p.pk for p in client.get(f"/pay/payments/?{query}").context["rows"]}

    assert first.pk in found(f"project={project.pk}")
    assert len(found(f"project={project.pk}")) == 2
    assert found("status=approved") == {Payment.objects.get(person=mei).pk}
    assert found("month=2026-02") == found(f"project={project.pk}")
    assert found("month=2026-02&status=paid") == set()


def test_payment_list_sorts(client_for, lin, fang, clock):
    make_payment(lin, rate_fen=100_00)
    make_payment(lin, rate_fen=200_00)
    client = client_for(fang)

    def amounts(sort):
        page = client.get(f"/pay/payments/?sort={sort}").context["rows"]
        return [p.net_fen for p in page]

    assert amounts("most") == [200_00, 200_00, 100_00, 100_00]
    assert amounts("least") == [100_00, 100_00, 200_00, 200_00]
    for sort in ("", "oldest", "person", "status"):
        assert len(amounts(sort)) == 4


@pytest.mark.parametrize("query", ["status=rich", "month=2026-13", "project=x", "sort=;drop", "page=x"])
def test_payment_list_ignores_filters_it_cannot_read(client_for, lin, fang, clock, query):
    make_payment(lin)
    response = client_for(fang).get(f"/pay/payments/?{query}")
    assert (response.status_code, response.context["sums"]["count"]) == (200, 2)


def test_payment_list_of_an_operator_is_their_studios(client_for, lin, mei, clock):
    payment = make_payment(lin)
    make_payment(mei)
    operator = make_operator_of(payment.booking)
    response = client_for(operator).get("/pay/payments/")
    assert {p.booking_id for p in response.context["rows"]} == {payment.booking_id}


def test_payment_list_asks_the_same_for_one_and_three(
    client_for, lin, fang, clock, django_assert_num_queries
):
    client = client_for(fang)
    make_payment(lin)
    client.get("/pay/payments/")
    with django_assert_num_queries(8):
        client.get("/pay/payments/")
    for _session in range(3):
        make_payment(make_person())
    with django_assert_num_queries(8):
        client.get("/pay/payments/")


def test_payment_list_that_is_empty_says_so(client_for, fang, clock):
    assert client_for(fang).get("/pay/payments/").context["sums"]["count"] == 0


def test_payment_export_is_safe_for_spreadsheets(client_for, lin, fang, clock):
    payment = make_payable_payment(lin, project=make_project(name="=HYPERLINK(1)"))
    response = client_for(fang).get("/pay/payments/export/?status=approved")

    assert response.headers["Content-Disposition"] == 'attachment; filename="payments.csv"'
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 2
    assert rows[1][:3] == [str(payment.pk), lin.pseudonym, "'=HYPERLINK(1)"]
    assert rows[1][6:10] == ["300.00", "0.00", "0.00", "300.00"]
    assert "林小雨" not in response.content.decode("utf-8-sig")


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("/pay/payments/", {"fang", "mara", "oskar"}),
        ("/pay/payments/export/", {"fang"}),
        ("/pay/deductions/", {"fang", "mara", "oskar"}),
        ("/pay/batches/", {"fang"}),
        ("/pay/funnel/", {"mara"}),
    ],
)
def test_desk_pages_open_for_their_roles_only(request, client, client_for, clock, db, address, may):
    for name in ("lin", "rui", "lead", "oskar", "mara", "fang"):
        person = request.getfixturevalue(name)
        assert client_for(person).get(address).status_code == (200 if name in may else 403), name
    assert client.get(address).status_code == 302
    assert client_for(fang := request.getfixturevalue("fang")).post(address).status_code in (403, 405), fang


# --- one payment


def test_payment_detail_for_the_desk(client_for, lin, fang, mara, clock):
    payment = make_payable_payment(lin)
    for person in (fang, mara):
        response = client_for(person).get(f"/pay/payments/{payment.pk}/")
        assert response.status_code == 200
        assert "A test." in response.content.decode()
    number = payment.person.payee_account.number
    assert number not in client_for(fang).get(f"/pay/payments/{payment.pk}/").content.decode()


def test_payment_detail_of_another_studio_is_not_there(client_for, lin, mei, rui, clock):
    payment = make_payment(lin)
    operator = make_operator_of(payment.booking)
    other = make_operator_of(make_payment(mei).booking)
    assert client_for(operator).get(f"/pay/payments/{payment.pk}/").status_code == 200
    assert client_for(other).get(f"/pay/payments/{payment.pk}/").status_code == 404
    assert client_for(rui).get(f"/pay/payments/{payment.pk}/").status_code == 403
    assert client_for(operator).get("/pay/payments/999999/").status_code == 404


def test_payment_approve_needs_a_reason_before_its_day(client_for, lin, fang, clock):
    clock.move_to(NOW - timedelta(days=5))
    payment = make_payment(lin)
    client = client_for(fang)
    address = f"/pay/payments/{payment.pk}/approve/"

    client.post(address, {"reason": ""})
    payment.refresh_from_db()
    assert payment.status == "due"

    client.post(address, {"reason": "Leaves the city."})
    payment.refresh_from_db()
    assert payment.status == "approved"


def test_payment_approve_is_for_finance(client_for, lin, mara, fang, clock):
    payment = make_payment(lin)
    address = f"/pay/payments/{payment.pk}/approve/"
    assert client_for(mara).post(address).status_code == 403
    assert client_for(lin).post(address).status_code == 403
    assert client_for(fang).get(address).status_code == 405
    assert client_for(fang).post("/pay/payments/999999/approve/").status_code == 404


def test_account_is_revealed_to_finance_with_a_reason_and_noted(client_for, lin, fang, clock):
    payment = make_payable_payment(lin)
    number = payment.person.payee_account.number
    client = client_for(fang)
    address = f"/pay/payments/{payment.pk}/account/"

    refused = client.post(address, {"reason": ""})
    assert (refused.status_code, number in refused.content.decode()) == (422, False)

    response = client.post(address, {"reason": "The bank asks."})
    assert (response.status_code, number in response.content.decode()) == (200, True)
    assert response.headers["Cache-Control"] == "no-store"
    assert list(AccountEvent.objects.filter(act="revealed").values_list("by", "reason")) == [
        (fang.pk, "The bank asks.")
    ]


def test_account_is_revealed_to_nobody_else(client_for, lin, mara, fang, clock):
    payment = make_payment(lin)
    address = f"/pay/payments/{payment.pk}/account/"
    assert client_for(fang).post(address, {"reason": "x"}).status_code == 404
    make_account(lin)
    assert client_for(mara).post(address, {"reason": "x"}).status_code == 403
    assert client_for(lin).post(address, {"reason": "x"}).status_code == 403
    assert client_for(fang).get(address).status_code == 405
    assert not AccountEvent.objects.filter(act="revealed").exists()


# --- deductions


def test_deduction_is_proposed_by_manager_operator_and_finance(client_for, lin, mara, fang, clock):
    payment = make_payment(lin)
    for person in (mara, fang, make_operator_of(payment.booking)):
        client = client_for(person)
        assert client.get(f"/pay/payments/{payment.pk}/deduct/").status_code == 200
        assert propose(client, payment, amount="10.50").headers["Location"] == f"/pay/payments/{payment.pk}/"
    assert list(Deduction.objects.values_list("amount_fen", "words")) == [(10_50, WORDS)] * 3


def test_deduction_sent_twice_counts_once(client_for, lin, mara, clock):
    payment = make_payment(lin)
    client, key = client_for(mara), make_form_key()
    first = propose(client, payment, form_key=key)
    second = propose(client, payment, form_key=key)
    assert first.headers["Location"] == second.headers["Location"]
    assert Deduction.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": "300.01"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "much"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"words": " "}, "words"),
        ({"reason": "dislike"}, "reason"),
        ({"evidence_take": ""}, "evidence_take"),
        ({"evidence_take": "seventeen"}, "evidence_take"),
        ({"evidence_from_s": "-1"}, "evidence_from_s"),
        ({"evidence_take": "", "evidence_from_s": "9", "evidence_to_s": "9"}, "evidence_take"),
    ],
)
def test_deduction_form_says_what_is_wrong_where(client_for, lin, mara, clock, fields, field):
    response = propose(client_for(mara), make_payment(lin), **fields)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Deduction.objects.exists()


def test_deduction_is_proposed_by_nobody_else(client_for, lin, mei, rui, clock):
    payment = make_payment(lin)
    other = make_operator_of(make_payment(mei).booking)
    assert propose(client_for(lin), payment).status_code == 403
    assert propose(client_for(rui), payment).status_code == 403
    assert propose(client_for(other), payment).status_code == 404
    assert not Deduction.objects.exists()


def test_deduction_list_shows_others_to_decide_and_own_to_wait(client_for, lin, mara, fang, fei, clock):
    deduction = make_deduction(make_payment(lin), by=fang)
    approve = f"/pay/deductions/{deduction.pk}/approve/"
    assert approve not in client_for(fang).get("/pay/deductions/").content.decode()
    assert approve in client_for(fei).get("/pay/deductions/").content.decode()
    assert list(client_for(mara).get("/pay/deductions/").context["page_obj"].object_list) == []


def test_deduction_list_asks_the_same_for_one_and_three(
    client_for, lin, mara, fang, clock, django_assert_num_queries
):
    payment, client = make_payment(lin), client_for(fang)
    make_deduction(payment, by=mara, amount_fen=1)
    client.get("/pay/deductions/")
    with django_assert_num_queries(4):
        client.get("/pay/deductions/")
    make_deduction(payment, by=mara, amount_fen=1)
    make_deduction(make_payment(make_person()), by=make_staff("manager"), amount_fen=1)
    with django_assert_num_queries(4):
        client.get("/pay/deductions/?status=nonsense")


@pytest.mark.parametrize(("verb", "status"), [("approve", "approved"), ("refuse", "refused")])
def test_deduction_is_decided_by_another(client_for, lin, fang, fei, clock, verb, status):
    deduction = make_deduction(make_payment(lin), by=fang)
    address = f"/pay/deductions/{deduction.pk}/{verb}/"

    client_for(fang).post(address, {"reason": "Mine."})
    deduction.refresh_from_db()
    assert deduction.status == "proposed"

    assert client_for(fei).post(address, {"reason": "Heard it."}).headers["Location"] == "/pay/deductions/"
    deduction.refresh_from_db()
    assert (deduction.status, deduction.decided_by, deduction.decision_note) == (status, fei, "Heard it.")


@pytest.mark.parametrize("verb", ["approve", "refuse"])
def test_deduction_is_decided_by_finance_only(client_for, lin, mara, oskar, fang, clock, verb):
    deduction = make_deduction(make_payment(lin), by=fang)
    address = f"/pay/deductions/{deduction.pk}/{verb}/"
    for person in (lin, mara, oskar):
        assert client_for(person).post(address).status_code == 403
    assert client_for(fang).get(address).status_code == 405
    assert client_for(fang).post(f"/pay/deductions/999999/{verb}/").status_code == 404


def test_deduction_is_not_refused_without_a_note(client_for, lin, mara, fang, clock):
    deduction = make_deduction(make_payment(lin), by=mara)
    client_for(fang).post(f"/pay/deductions/{deduction.pk}/refuse/", {"reason": ""})
    deduction.refresh_from_db()
    assert deduction.status == "proposed"
