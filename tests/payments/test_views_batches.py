import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from payments.models import BatchDownload, Payment, PayoutBatch
from payments.payouts import BatchRefused, approve_batch, hand_out_file, read_file
from payments.payouts import make_batch as make_batch_of
from tests.factories import NOW, make_person
from tests.payments.makers import (
    make_batch,
    make_payable_payment,
    make_submitted_batch,
)

ACTIONS = ["approve", "submit", "cancel", "results", "file"]


def upload(client, batch, text):
    file = SimpleUploadedFile("results.csv", text.encode() if isinstance(text, str) else text)
    return client.post(f"/pay/batches/{batch.pk}/results/", {"file": file})


def test_batch_goes_all_the_way_on_the_pages(client_for, lin, fang, fei, clock):
    payment = make_payable_payment(lin)
    maker, approver = client_for(fang), client_for(fei)

    assert "¥300.00" in maker.get("/pay/batches/").content.decode()
    made = maker.post("/pay/batches/make/", {"kind": "bank"})
    batch = PayoutBatch.objects.get()
    assert made.headers["Location"] == f"/pay/batches/{batch.pk}/"
    maker.post(f"/pay/batches/{batch.pk}/approve/")
    batch.refresh_from_db()
    assert batch.status == "draft"

    approver.post(f"/pay/batches/{batch.pk}/approve/")
    batch.refresh_from_db()
    assert batch.file_sha256 in maker.get(f"/pay/batches/{batch.pk}/").content.decode()
    file = maker.get(f"/pay/batches/{batch.pk}/file/")
    assert hashlib.sha256(file.content).hexdigest() == batch.file_sha256
    assert file.headers["Cache-Control"] == "no-store"

    maker.post(f"/pay/batches/{batch.pk}/submit/")
    answered = upload(maker, batch, f"number,result,amount\n{batch.payouts.get().number},success,300.00\n")
    assert answered.status_code == 302
    batch.refresh_from_db()
    payment.refresh_from_db()
    assert (batch.status, payment.status) == ("settled", "paid")
    assert maker.get(f"/pay/batches/{batch.pk}/").status_code == 200


def test_batch_takes_only_the_accounts_of_its_kind(client_for, lin, mei, fang, clock):
    make_payable_payment(lin)
    alipay = make_payable_payment(mei, kind="alipay")
    client_for(fang).post("/pay/batches/make/", {"kind": "alipay"})
    assert PayoutBatch.objects.get().payouts.get().payment == alipay


@pytest.mark.parametrize("kind", ["", "cash", "bank"])
def test_batch_of_nothing_is_not_made(client_for, fang, clock, kind):
    response = client_for(fang).post("/pay/batches/make/", {"kind": kind})
    assert response.headers["Location"] == "/pay/batches/"
    assert not PayoutBatch.objects.exists()


def test_batch_is_cancelled_as_a_draft(client_for, lin, fang, clock):
    batch = make_batch(by=fang)
    client_for(fang).post(f"/pay/batches/{batch.pk}/cancel/", {"reason": "Wrong day."})
    batch.refresh_from_db()
    assert (batch.status, batch.events.last().reason) == ("cancelled", "Wrong day.")


def test_payout_result_is_typed_in(client_for, lin, fang, fei, clock):
    payment = make_payable_payment(lin)
    batch = make_submitted_batch(by=fang, approver=fei, payments=[payment])
    payout = batch.payouts.get()
    address = f"/pay/batches/{batch.pk}/payouts/{payout.pk}/"
    client = client_for(fang)

    client.post(address, {"outcome": "perhaps"})
    payout.refresh_from_db()
    assert payout.status == "submitted"

    client.post(address, {"outcome": "failed", "message": "账号有误"})
    payout.refresh_from_db()
    assert (payout.status, payout.result) == ("failed", "账号有误")
    assert Payment.objects.get(pk=payment.pk).status == "approved"


def test_payout_of_another_batch_is_not_there(client_for, lin, mei, fang, fei, clock):
    first = make_submitted_batch(by=fang, approver=fei, payments=[make_payable_payment(lin)])
    second = make_submitted_batch(by=fang, approver=fei, payments=[make_payable_payment(mei)])
    address = f"/pay/batches/{first.pk}/payouts/{second.payouts.get().pk}/"
    assert client_for(fang).post(address, {"outcome": "success"}).status_code == 404


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("number,result\nD0,success\n", "unknown_number"),
        ("number,result\nD0,perhaps\n", "unknown_result"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "unreadable"),
        ("hello", "no_columns"),
        ("x" * (2 * 1024 * 1024 + 1), "too_big"),
        ("", "empty"),
    ],
)
def test_results_that_cannot_be_true_change_nothing(client_for, lin, fang, fei, clock, text, code):
    batch = make_submitted_batch(by=fang, approver=fei)
    response = upload(client_for(fang), batch, text)
    assert response.status_code == 422
    assert [error.code for error in response.context["form"].errors.as_data()["file"]] == [code]
    assert batch.payouts.get().status == "submitted"


def test_results_without_a_file_say_so(client_for, fang, fei, clock, db):
    batch = make_submitted_batch(by=fang, approver=fei)
    assert client_for(fang).post(f"/pay/batches/{batch.pk}/results/").status_code == 422


def test_batch_pages_are_for_finance_only(client, client_for, lin, mara, oskar, ada, fang, fei, clock):
    batch = make_submitted_batch(by=fang, approver=fei)
    for person in (lin, mara, oskar, ada):
        browser = client_for(person)
        assert browser.get(f"/pay/batches/{batch.pk}/").status_code == 403
        assert browser.post("/pay/batches/make/").status_code == 403
        assert browser.post(f"/pay/batches/{batch.pk}/payouts/{batch.payouts.get().pk}/").status_code == 403
        for action in ACTIONS:
            assert browser.post(f"/pay/batches/{batch.pk}/{action}/").status_code == 403
    assert client.get(f"/pay/batches/{batch.pk}/file/").status_code == 302


def test_batch_actions_refuse_a_wrong_method_and_a_wrong_number(client_for, fang, fei, clock, db):
    batch = make_batch(by=fei)
    client = client_for(fang)
    for action in ("approve", "submit", "cancel", "results"):
        assert client.get(f"/pay/batches/{batch.pk}/{action}/").status_code == 405
        assert client.post(f"/pay/batches/999999/{action}/").status_code == 404
    assert client.get("/pay/batches/make/").status_code == 405
    assert client.post(f"/pay/batches/{batch.pk}/file/").status_code == 405
    assert client.get(f"/pay/batches/{batch.pk}/file/").status_code == 404
    assert client.get("/pay/batches/999999/").status_code == 404


def test_batch_file_is_the_same_bytes_every_time(client_for, lin, fang, fei, clock):
    batch = make_batch(by=fang, payments=[make_payable_payment(lin)])
    approve_batch(batch, by=fei, now=NOW)
    client = client_for(fei)
    before = client.get(f"/pay/batches/{batch.pk}/file/").content
    make_batch_of([make_payable_payment(lin)], by=fang, now=NOW)
    assert client.get(f"/pay/batches/{batch.pk}/file/").content == before == read_file(batch)


def test_batch_file_is_handed_out_with_a_note_of_who_got_it(client_for, lin, ada, fang, fei, clock):
    batch = make_batch(by=fang, payments=[make_payable_payment(lin)])
    client_for(fang).get(f"/pay/batches/{batch.pk}/file/")
    approve_batch(batch, by=fei, now=NOW)
    client_for(ada).get(f"/pay/batches/{batch.pk}/file/")
    assert not BatchDownload.objects.exists()

    client_for(fei).get(f"/pay/batches/{batch.pk}/file/")
    client_for(fang).get(f"/pay/batches/{batch.pk}/file/")
    assert list(BatchDownload.objects.values_list("batch", "by", "at", "file_sha256")) == [
        (batch.pk, fei.pk, clock.at, batch.file_sha256),
        (batch.pk, fang.pk, clock.at, batch.file_sha256),
    ]


def test_batch_file_that_is_not_what_was_approved_is_not_sent(client_for, lin, fang, fei, clock, caplog):
    batch = make_batch(by=fang, payments=[make_payable_payment(lin)])
    approve_batch(batch, by=fei, now=NOW)
    content = read_file(batch)
    PayoutBatch.objects.filter(pk=batch.pk).update(file_sha256="0" * 64)
    batch.refresh_from_db()

    client = client_for(fang)
    client.cookies["django_language"] = "en"
    response = client.get(f"/pay/batches/{batch.pk}/file/")

    assert response.status_code == 409
    assert content not in response.content
    assert "This file is not the one that was approved." in response.content.decode()
    assert "Content-Disposition" not in response.headers
    assert f"batch {batch.pk} has SHA-256" in caplog.text
    with pytest.raises(BatchRefused) as refusal:
        hand_out_file(batch, by=fang, now=NOW)
    assert refusal.value.code == "file_changed"
    assert not BatchDownload.objects.exists()


def test_batch_download_is_never_changed(client_for, lin, fang, fei, clock):
    batch = make_batch(by=fang, payments=[make_payable_payment(lin)])
    approve_batch(batch, by=fei, now=NOW)
    client_for(fei).get(f"/pay/batches/{batch.pk}/file/")
    with pytest.raises(DatabaseError), transaction.atomic():
        BatchDownload.objects.update(by=fang)
    with pytest.raises(DatabaseError), transaction.atomic():
        BatchDownload.objects.filter(batch=batch).delete()


def test_batch_list_and_detail_ask_the_same_for_one_and_three(
    client_for, lin, mei, fang, fei, clock, django_assert_num_queries
):
    client = client_for(fang)
    one = make_submitted_batch(by=fang, approver=fei, payments=[make_payable_payment(lin)])
    client.get("/pay/batches/")
    with django_assert_num_queries(6):
        client.get("/pay/batches/")
    with django_assert_num_queries(8):
        client.get(f"/pay/batches/{one.pk}/")
    three = make_submitted_batch(
        by=fang, approver=fei, payments=[make_payable_payment(make_person()) for _session in range(3)]
    )
    make_submitted_batch(by=fei, approver=fang, payments=[make_payable_payment(mei, kind="alipay")])
    with django_assert_num_queries(6):
        client.get("/pay/batches/")
    with django_assert_num_queries(8):
        client.get(f"/pay/batches/{three.pk}/")
