import pytest
from django.test import Client
from django.urls import reverse

from accounts.body_limits import AROUND_FILE_BYTES, FORM_BYTES
from payments.answers import MAX_ANSWER_BYTES
from recordings.forms import MAX_PROMPT_FILE_BYTES
from recordings.models import Sample

SAMPLE = reverse("recordings:sample_new")
ASSET = reverse("recordings:asset_add", args=["k" * 32])
PROMPTS = reverse("recordings:prompt_add")
RESULTS = reverse("payments:batch_results", args=[1])
SIGN_IN = reverse("accounts:sign_in")


@pytest.fixture(autouse=True)
def limits(settings, db):
    settings.MAX_UPLOAD_BYTES = 4 * 1024 * 1024
    settings.MAX_ASSET_BYTES = 8 * 1024 * 1024


def send(client, url, *, length, **headers):
    """Send a request that says it is so long; its body is short, for nothing may read it."""
    return client.post(
        url, b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(length), **headers
    )


def is_too_large(client, url, *, length):
    return send(client, url, length=length).status_code == 413


def is_limit(client, url, *, length):
    return not is_too_large(client, url, length=length) and is_too_large(client, url, length=length + 1)


def test_view_without_files_takes_a_form_and_no_more(client_for, lin):
    for client in (Client(), client_for(lin)):
        assert is_limit(client, SIGN_IN, length=FORM_BYTES)


@pytest.mark.parametrize("url", [SAMPLE, ASSET, PROMPTS, RESULTS])
def test_stranger_sends_no_file_anywhere(client_for, ada, url):
    for client in (Client(), Client(enforce_csrf_checks=True), client_for(ada)):
        assert is_too_large(client, url, length=FORM_BYTES + 1)


def test_file_is_taken_from_whom_the_view_is_open_to(client_for, settings, lin, oskar, mara, fang):
    around = AROUND_FILE_BYTES
    assert is_limit(client_for(lin), SAMPLE, length=settings.MAX_UPLOAD_BYTES + around)
    assert is_limit(client_for(oskar), ASSET, length=settings.MAX_ASSET_BYTES + around)
    assert is_limit(client_for(mara), PROMPTS, length=MAX_PROMPT_FILE_BYTES + around)
    assert is_limit(client_for(fang), RESULTS, length=MAX_ANSWER_BYTES + around)
    assert is_too_large(client_for(lin), ASSET, length=FORM_BYTES + 1)


def test_staff_without_their_second_factor_send_no_file(settings, oskar):
    settings.STAFF_SECOND_FACTOR = True
    client = Client()
    client.force_login(oskar)
    assert is_too_large(client, ASSET, length=FORM_BYTES + 1)


def test_too_large_is_said_on_a_page_in_the_frame(client_for, lin):
    client = client_for(lin)
    client.cookies["django_language"] = "en"
    page = send(client, SAMPLE, length=2**40).content.decode()
    assert "This is too large to send" in page
    assert 'id="main"' in page
    assert not Sample.objects.exists()


def test_too_large_is_said_in_json_to_a_script(client_for, oskar):
    response = send(client_for(oskar), ASSET, length=2**40, HTTP_ACCEPT="application/json")
    assert response.status_code == 413
    assert len(response.json()["problems"]) == 1


@pytest.mark.parametrize("length", ["", "many", "0"])
def test_length_that_is_none_is_let_through(client, length):
    assert send(client, SIGN_IN, length=length).status_code != 413
