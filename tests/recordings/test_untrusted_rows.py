"""Rows of a session's log as they come from a browser: read, or refused with a code."""

import uuid

import pytest

from recordings.events import read_event, read_events
from tests.recordings.test_runs import refusal_code


def make_row(**changes) -> dict:
    row = {"client_id": str(uuid.uuid4()), "kind": "slate", "at": "2026-03-05T09:00:00+08:00", "payload": {}}
    return row | changes


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("slate", "batch"),
        (make_row(client_id="7"), "id"),
        (make_row(client_id=None), "id"),
        (make_row(at="gestern"), "time"),
        (make_row(at="2026-03-05T09:00:00"), "time"),
        (make_row(at="2026-13-05T09:00:00Z"), "time"),
        (make_row(at=7), "time"),
        (make_row(kind=None), "kind"),
        (make_row(payload=[1]), "payload"),
    ],
)
def test_untrusted_row_is_refused(row, code):
    assert refusal_code(read_event, row) == code


def test_batch_is_a_list_of_at_most_five_hundred():
    assert refusal_code(read_events, {}) == "batch"
    assert refusal_code(read_events, [make_row()] * 501) == "batch"
    assert len(read_events([make_row()] * 500)) == 500
