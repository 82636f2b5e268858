"""The pages of prompts: shown to operators, changed by managers."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse


def url(name: str, *args) -> str:
    return reverse(f"recordings:{name}", args=args)


# --- prompts ---


def make_file(content: object) -> SimpleUploadedFile:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return SimpleUploadedFile("p.json", body)


CONTENT = {
    "name": "新",
    "topics": ["家乡"],
    "dialogues": [{"situation": "问路", "prompt_words": ["左"], "lines": [{"text": "往左拐"}]}],
}


def test_prompts_are_shown_to_operators_and_changed_by_managers(booking, browser, client_for, mara):
    prompts = booking.project.prompt_sets.get()
    assert browser.get(url("prompt_list")).status_code == 200
    assert browser.get(url("prompt_set", prompts.pk)).status_code == 200
    assert browser.get(url("prompt_set", 99)).status_code == 404
    assert browser.post(url("prompt_use", prompts.pk), {"use": "no"}).status_code == 403
    assert browser.post(url("prompt_add"), {}).status_code == 403
    assert client_for(mara).get(url("prompt_add")).status_code == 405


def test_manager_adds_a_prompt_set_from_a_file(booking, client_for, mara):
    client = client_for(mara)
    form = {"project": booking.project_id, "file": make_file(CONTENT)}
    answer = client.post(url("prompt_add"), form)
    added = booking.project.prompt_sets.get(name="新")
    assert answer.url == url("prompt_set", added.pk)
    client.post(url("prompt_use", added.pk), {"use": "no"})
    added.refresh_from_db()
    assert added.is_active is False


def test_last_prompt_set_stays_in_use(booking, client_for, mara):
    prompts = booking.project.prompt_sets.get()
    answer = client_for(mara).post(url("prompt_use", prompts.pk), {"use": "no"}, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", "not_json"),
        (b"[" * 100_000, "not_json"),
        ({}, "shape"),
        (b" " * 1024 * 1025, "too_large"),
    ],
)
def test_file_that_holds_no_prompts_is_refused(booking, client_for, mara, content, code):
    form = {"project": booking.project_id, "file": make_file(content)}
    answer = client_for(mara).post(url("prompt_add"), form)
    assert answer.status_code == 422
    assert answer.context["form"].errors.as_data()["file"][0].code == code


def test_prompt_list_takes_as_many_queries_for_three_as_for_one(booking, browser, django_assert_num_queries):
    browser.get(url("prompt_list"))
    with django_assert_num_queries(4):
        browser.get(url("prompt_list"))
    for number in (1, 2):
        booking.project.prompt_sets.create(name=f"{number}", topics=["家乡"])
    with django_assert_num_queries(4):
        browser.get(url("prompt_list"))
