"""
The part of `bench_samples` that runs inside Django: queue samples, make browsers, look how far they are.

`python -m benchmarks.stage_samples stage '{"count": 30}'` prints one line of JSON.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import soxr  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from django.db.models import Max, Min  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.access import Role  # noqa: E402
from benchmarks.measure_pages import browser_of  # noqa: E402
from recordings.audio.encode import write_audio  # noqa: E402
from recordings.audio.synthesis import RATE_HZ, make_conversation  # noqa: E402
from recordings.models import Sample, SampleStatus  # noqa: E402
from recordings.samples import submit_sample  # noqa: E402
from tests import factories  # noqa: E402

SECONDS = 150
STUDIO_RATE_HZ = 48_000


def stage(*, count: int) -> dict[str, Any]:
    """Queue the samples of as many people; return the pages to ask for, each with its reader's cookie."""
    now = timezone.now()
    project = factories.make_project(slug="duo", name="Duo")
    people = [factories.make_person(joined_at=now) for _number in range(count)]
    for seed, person in enumerate(people):
        submit_sample(person, project=project, file=_record(seed), now=timezone.now())
    reviewer = factories.make_staff(Role.REVIEWER, name="Rui", joined_at=now)
    pages = {reverse("home"): _cookie(people[0]), reverse("recordings:review_queue"): _cookie(reviewer)}
    return {"pages": pages}


def look() -> dict[str, Any]:
    """Return how many samples were measured, how many may be heard, and the seconds from the first to the last."""
    samples = Sample.objects.exclude(measured_at=None)
    ends = samples.filter(events__old=SampleStatus.MEASURING).aggregate(
        first=Min("events__at"), last=Max("events__at")
    )
    return {
        "measured": samples.count(),
        "in_review": samples.filter(status=SampleStatus.IN_REVIEW).count(),
        "span_s": (ends["last"] - ends["first"]).total_seconds() if ends["first"] else 0,
    }


def _record(seed: int) -> ContentFile:
    talk = make_conversation(seconds=SECONDS, seed=seed).mix()
    studio = soxr.resample(talk.T, RATE_HZ, STUDIO_RATE_HZ).T.reshape(1, -1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "talk.m4a"
        write_audio(path, studio, sample_rate_hz=STUDIO_RATE_HZ, encoding="m4a")
        return ContentFile(path.read_bytes(), name="talk.m4a")


def _cookie(person: Any) -> str:
    jar = browser_of(person).cookies
    return f"{settings.SESSION_COOKIE_NAME}={jar[settings.SESSION_COOKIE_NAME].value}"


if __name__ == "__main__":
    told = {"stage": stage, "look": look}[sys.argv[1]](**json.loads(sys.argv[2]))
    print(json.dumps(told))  # noqa: T201
