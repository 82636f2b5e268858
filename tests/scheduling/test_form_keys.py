"""A form sent twice counts once; the same key with other content is refused; a crash frees the key."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.template import Context, Template
from django.test import RequestFactory

from scheduling.form_keys import (
    FormKeyRefused,
    answer_form_key,
    claim_form_key,
    free_form_key,
    make_form_key,
    once_per_form_key,
)
from scheduling.models import FormKey
from tests.factories import NOW

pytestmark = pytest.mark.django_db
KEY = "a-key-of-a-form-that-was-shown"


class Counter:
    """A view that counts how often it was carried out."""

    def __init__(self, answer):
        self.answer, self.count = answer, 0

    def __call__(self, request):
        self.count += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def send(view, *, person, key=KEY, method="post", **content):
    request = getattr(RequestFactory(), method)("/booking/1/", {"form_key": key, **content})
    request.user = person
    return once_per_form_key(view)(request)


def test_key_is_used_once_by_a_person_and_once_by_another(lin, mei):
    assert claim_form_key(lin, key=KEY, digest="x", now=NOW).answered_at is None
    assert claim_form_key(mei, key=KEY, digest="x", now=NOW).answered_at is None


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "x" * 20 + "\0"])
def test_key_that_is_not_ours_is_refused(lin, key):
    with pytest.raises(FormKeyRefused) as refusal:
        claim_form_key(lin, key=key, digest="x", now=NOW)

    assert (refusal.value.code, refusal.value.status) == ("no_key", 400)


def test_other_content_under_the_same_key_is_refused(lin):
    claim_form_key(lin, key=KEY, digest="x", now=NOW)

    with pytest.raises(FormKeyRefused) as refusal:
        claim_form_key(lin, key=KEY, digest="y", now=NOW)

    assert (refusal.value.code, refusal.value.status) == ("other_content", 422)


def test_key_that_is_being_carried_out_is_refused_for_a_minute(lin):
    claim_form_key(lin, key=KEY, digest="x", now=NOW)

    with pytest.raises(FormKeyRefused) as refusal:
        claim_form_key(lin, key=KEY, digest="x", now=NOW + timedelta(seconds=59))
    assert (refusal.value.code, refusal.value.status) == ("still_running", 409)

    # The worker was killed: a minute later the form may be sent again.
    assert claim_form_key(lin, key=KEY, digest="x", now=NOW + timedelta(seconds=60)).answered_at is None


def test_answered_key_says_where_the_answer_led(lin):
    answer_form_key(claim_form_key(lin, key=KEY, digest="x", now=NOW), answer="/there/", now=NOW)

    again = claim_form_key(lin, key=KEY, digest="x", now=NOW)

    assert (again.answer, again.answered_at) == ("/there/", NOW)


def test_answered_key_is_not_freed(lin):
    row = claim_form_key(lin, key=KEY, digest="x", now=NOW)
    answer_form_key(row, answer="/there/", now=NOW)

    free_form_key(row)

    assert FormKey.objects.count() == 1


def test_form_sent_twice_is_carried_out_once_and_answered_twice(lin, clock):
    view = Counter(HttpResponseRedirect("/there/"))

    answers = [send(view, person=lin, slot="7") for _press in range(2)]

    assert view.count == 1
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/there/")] * 2


@pytest.mark.parametrize("response", [HttpResponse("Look at the form", status=200), HttpResponse(status=409)])
def test_refused_form_may_be_sent_again(lin, clock, response):
    view = Counter(response)

    for _press in range(2):
        send(view, person=lin)

    assert (view.count, FormKey.objects.count()) == (2, 0)


def test_crash_frees_the_key(lin, clock):
    with pytest.raises(PermissionDenied):
        send(Counter(PermissionDenied()), person=lin)

    assert not FormKey.objects.exists()


def test_page_is_shown_without_a_key(lin, clock):
    view = Counter(HttpResponse())

    assert send(view, person=lin, method="get").status_code == 200
    assert not FormKey.objects.exists()


def test_form_renders_a_new_key_each_time():
    template = Template("{% load form_keys %}{% form_key %}")

    one, other = template.render(Context()), template.render(Context())

    assert one.startswith('<input type="hidden" name="form_key" value="')
    assert one != other
    assert 16 <= len(make_form_key()) <= 64
