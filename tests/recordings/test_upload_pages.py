"""Who may use the uploads, and what holds around the protocol."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.consents import withdraw_consent
from accounts.models import Scope
from recordings.models import Sample, Upload
from recordings.parts import part_path
from recordings.resumable import sweep_uploads
from tests.factories import make_newcomer
from tests.recordings.makers import make_sample

NEW = reverse("recordings:upload_new")
VERSION = {"Tus-Resumable": "1.0.0"}
OCTETS = "application/offset+octet-stream"


@pytest.fixture
def browser(client_for, lin, clock, project):
    client = client_for(lin)
    client.cookies["django_language"] = "en"
    return client


def begin(client, *, length=10, **headers):
    return client.post(
        NEW, b"", content_type=OCTETS, headers=VERSION | {"Upload-Length": str(length)} | headers
    )


def patch(client, url, body, *, offset=0, **more):
    headers = VERSION | {"Upload-Offset": str(offset)}
    return client.generic("PATCH", url, body, content_type=OCTETS, headers=headers, **more)


def statuses(client, url):
    return [
        client.head(url, headers=VERSION).status_code,
        patch(client, url, b"x").status_code,
        client.delete(url, headers=VERSION).status_code,
    ]


def test_stranger_finds_no_upload_of_others(browser, client_for, stranger):
    url = begin(browser).headers["Location"]

    assert statuses(client_for(stranger), url) == [404, 404, 404]
    assert statuses(browser, url) == [200, 204, 204]


def test_a_withdrawn_consent_lets_no_further_byte_in_and_makes_no_sample(browser, lin, now):
    url = begin(browser).headers["Location"]
    assert patch(browser, url, b"12345").status_code == 204
    withdraw_consent(lin, scope=Scope.RECORD, now=now)

    answer = patch(browser, url, b"67890", offset=5)

    upload = Upload.objects.get()
    assert (answer.status_code, upload.offset_bytes) == (403, 5)
    assert part_path(upload.key).read_bytes() == b"12345"
    assert begin(browser).status_code == 403
    assert browser.head(url, headers=VERSION).status_code == 200
    assert browser.delete(url, headers=VERSION).status_code == 204


def test_visitor_and_other_roles_are_answered_403_and_led_nowhere(browser, client_for, mara):
    url = begin(browser).headers["Location"]

    for client in (Client(), client_for(mara)):
        assert statuses(client, url) == [403, 403, 403]
        assert begin(client).status_code == 403
    assert Client().head(url, headers=VERSION).headers["Tus-Resumable"] == "1.0.0"


def test_other_methods_are_refused(browser):
    url = begin(browser).headers["Location"]
    for method in ("GET", "PUT", "POST", "TRACE"):
        answer = browser.generic(method, url, headers=VERSION)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "DELETE, HEAD, OPTIONS, PATCH")
    for method in ("GET", "HEAD", "PATCH", "DELETE"):
        answer = browser.generic(method, NEW, headers=VERSION)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")


def test_every_request_that_changes_something_needs_the_token(client_for, lin, project, browser):
    url = begin(browser).headers["Location"]
    client = Client(enforce_csrf_checks=True)
    client.force_login(lin)

    assert begin(client).status_code == 403
    assert statuses(client, url) == [200, 403, 403]
    for actual in ("GET", "HEAD", "POST"):
        headers = VERSION | {"X-HTTP-Method-Override": "DELETE"}
        assert client.generic(actual, url, headers=headers).status_code == 403
    assert Upload.objects.count() == 1


def test_somebody_who_may_send_nothing_is_told_why(client_for, project, clock):
    client = client_for(make_newcomer())
    client.cookies["django_language"] = "en"

    answer = begin(client)

    assert (answer.status_code, answer.content) == (403, b"Complete your profile first.")


def test_refusals_have_their_status_and_words(browser, settings):
    settings.MAX_OPEN_UPLOADS = 1
    begin(browser)
    assert begin(browser).status_code == 429

    settings.MAX_OPEN_UPLOADS, settings.MAX_ALL_UPLOAD_BYTES = 5, 0
    answer = begin(browser)
    assert (answer.status_code, answer.content) == (
        507,
        b"Too much is arriving at this moment. Try again in a few minutes.",
    )


def test_body_over_the_limit_of_the_page_is_answered_413_unread_with_the_protocols_header(browser, settings):
    settings.MAX_UPLOAD_BYTES = 4 * 1024 * 1024
    url = begin(browser).headers["Location"]

    answer = patch(browser, url, b"", CONTENT_LENGTH=str(6 * 1024 * 1024))

    assert (answer.status_code, answer.headers["Tus-Resumable"]) == (413, "1.0.0")


def test_upload_that_has_expired_is_gone_and_after_the_broom_unknown(browser, clock):
    url = begin(browser).headers["Location"]

    clock.advance(hours=24, seconds=-1)
    assert browser.head(url, headers=VERSION).status_code == 200
    clock.advance(seconds=1)
    assert [browser.head(url, headers=VERSION).status_code, patch(browser, url, b"x").status_code] == [
        410,
        410,
    ]
    sweep_uploads(now=clock())
    assert browser.head(url, headers=VERSION).status_code == 404


def test_upload_whose_bytes_are_lost_is_gone(browser):
    url = begin(browser).headers["Location"]
    part_path(Upload.objects.get().key).unlink()

    assert browser.head(url, headers=VERSION).status_code == 410


def test_upload_belongs_to_the_project_that_the_metadata_names(browser, project, clock):
    assert begin(browser, **{"Upload-Metadata": "project bWFuZGFyaW4="}).status_code == 201
    assert Upload.objects.get().project == project
    assert begin(browser, **{"Upload-Metadata": "project bm8="}).status_code == 404
    assert begin(browser, **{"Upload-Metadata": "project AAA="}).status_code == 404


def test_expiry_moves_on_with_the_bytes(browser, clock):
    created = begin(browser)
    clock.advance(hours=1)
    patched = patch(browser, created.headers["Location"], b"x")

    assert Upload.objects.get().expires_at == clock() + timedelta(hours=24)
    assert created.headers["Upload-Expires"] != patched.headers["Upload-Expires"]


# --- the form that says which upload the sample is ---

FORM = reverse("recordings:sample_new")


def key_of(url):
    return url.strip("/").split("/")[-1]


def arrived(client, content=b"0123456789"):
    headers = VERSION | {"Upload-Length": str(len(content))}
    return key_of(client.post(NEW, content, content_type=OCTETS, headers=headers).headers["Location"])


def send_form(client, key, *, form_key="k" * 32):
    return client.post(FORM, {"upload": key, "form_key": form_key})


def test_form_that_names_an_upload_makes_its_sample_once(browser, lin):
    key = arrived(browser)

    answers = [send_form(browser, key, form_key=letter * 32) for letter in "aab"]

    sample = Sample.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {f"/recording/sample/{sample.key}/"}
    assert (sample.person, sample.original_bytes) == (lin, 10)


def test_form_cannot_name_the_upload_of_somebody_else(browser, client_for, stranger):
    key = arrived(browser)

    assert send_form(client_for(stranger), key).status_code == 404
    assert send_form(browser, "0" * 32).status_code == 404
    assert not Sample.objects.exists()


def test_form_is_told_what_is_wrong_with_the_upload(browser):
    half = key_of(begin(browser).headers["Location"])
    answer = send_form(browser, half)
    assert (answer.status_code, answer.context["error"]) == (
        409,
        "The file has not arrived yet. Wait until it is there.",
    )

    lost = arrived(browser)
    part_path(lost).unlink()
    answer = send_form(browser, lost, form_key="l" * 32)
    assert (answer.status_code, answer.context["error"]) == (410, "This upload is over. Begin a new one.")


def test_page_binds_what_the_browser_keeps_to_the_person(browser, client_for, stranger):
    def token(client):
        return client.get(FORM).context["owner_token"]

    assert token(browser) == token(browser)
    assert token(browser) != token(client_for(stranger))


def test_page_forgets_what_the_browser_keeps_once_a_sample_is_on_its_way(browser, lin, project):
    assert b"data-forget-kept" not in browser.get(FORM).content.split(b"<main")[1]
    make_sample(lin, project=project)

    assert b'<section class="card card-next" data-forget-kept>' in browser.get(FORM).content
