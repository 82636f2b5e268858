import re
from pathlib import Path

import pytest
from django.utils import translation

from recordings.audio.refusals import RefusalCode
from recordings.models import Sample
from recordings.reasons import MARKS, REASONS, REFUSALS, may_retry, reasons_of, refusal_words
from scheduling.models import Project

PROJECT = Project(name="x", slug="x")


def test_refusals_have_words_for_every_code_of_the_decoder():
    assert {str(code) for code in RefusalCode} <= REFUSALS.keys()


def test_refusals_and_marks_cover_the_screening():
    source = (Path(__file__).parents[2] / "recordings" / "screening.py").read_text()

    assert set(re.findall(r'return "(\w+)"', source)) <= REFUSALS.keys()
    of_duplicates = {"alike", "sent_before"}
    assert set(re.findall(r'"(\w+)": \w', source)) == MARKS.keys() - of_duplicates


def test_codes_fit_their_columns():
    assert all(len(code) <= 24 for code in [*REASONS, *REFUSALS, *MARKS])


def test_reasons_forbid_a_new_try_when_one_of_them_does():
    assert may_retry(["noise", "echo"])
    assert not may_retry(["noise", "synthetic"])
    assert may_retry([])


def test_reasons_of_keeps_the_order_of_the_list():
    assert [reason.code for reason in reasons_of(["other", "noise"])] == ["noise", "other"]


@pytest.mark.parametrize(
    ("refusal", "duration_ms", "words"),
    [
        ("too_short", 110_000, "Your recording is 1:50 long; it must be between 2:00 and 3:00."),
        ("too_short", 114_999, "Your recording is 1:54 long; it must be between 2:00 and 3:00."),
        ("too_long", 190_000, "Your recording is 3:10 long; it must be between 2:00 and 3:00."),
        ("too_long", 185_001, "Your recording is 3:06 long; it must be between 2:00 and 3:00."),
        ("too_long", None, "Your recording is too long; it must be between 2:00 and 3:00."),
        ("not_audio", None, "This is not a sound file."),
    ],
)
def test_refusal_words_name_the_measured_length(refusal, duration_ms, words):
    sample = Sample(project=PROJECT, refusal=refusal, duration_ms=duration_ms)

    with translation.override("en"):
        assert refusal_words(sample) == words
