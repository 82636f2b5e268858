"""The part of `bench_fingerprint` that runs inside Django: many fingerprints, and searches among them."""

import json
import statistics
import time
import uuid
from collections.abc import Iterator
from itertools import islice

import numpy as np
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from recordings.audio.fingerprint import (
    LAG_STEPS,
    PHASES,
    SMOOTHING_STEPS,
    Words,
    choose_keys,
    split_phases,
    write_words,
)
from recordings.duplicates import find_candidates, judge_sameness, search_alike
from recordings.models import FingerprintKey, Sample, SampleFingerprint, SampleStatus
from recordings.sandbox import MeasureResult
from scheduling.models import Project

POOL = 400  # fingerprints that are drawn in full; the keys of the others are drawn from theirs
SEARCHES = 40
WORDS = 9_300  # 150 s, a word every 16 ms
ERROR_RATES = (0.05, 0.10, 0.16, 0.20)
CHUNK = 5_000


def measure_search(samples: int) -> None:
    """Fill the empty database that the environment names with fingerprints, search, print one JSON object."""
    call_command("migrate", verbosity=0)
    random = np.random.default_rng(7)
    pool = [draw_words(random) for _ in range(min(POOL, samples))]
    fill(samples, pool=pool, random=random)
    times, locked_times, found = [], [], dict.fromkeys(ERROR_RATES, 0)
    newcomer = Sample.objects.select_related("project").get(status=SampleStatus.MEASURING)
    for number in range(SEARCHES):
        for rate in ERROR_RATES:
            copy = change_bits(pool[number], rate=rate, random=random)
            found[rate] += number + 1 in find_candidates(copy)
        stranger = MeasureResult(fingerprint=draw_words(random))
        started = time.process_time()
        seen = search_alike(newcomer, words=stranger.fingerprint)
        times.append(time.process_time() - started)
        started = time.process_time()
        judge_sameness(newcomer, result=stranger, found=seen)
        locked_times.append(time.process_time() - started)
    result = {
        "keys": FingerprintKey.objects.count(),
        "cpu_ms": round(statistics.median(times) * 1000, 2),
        "cpu_ms_locked": round(statistics.median(locked_times) * 1000, 2),
        **{f"found_at_{rate}": f"{found[rate]}/{SEARCHES}" for rate in ERROR_RATES},
    }
    print(json.dumps(result))  # noqa: T201


def draw_words(random: np.random.Generator) -> Words:
    """Return words that keep each other company as those of a sound do: smoothed noise in place of energies."""
    noise = random.standard_normal((WORDS + SMOOTHING_STEPS + LAG_STEPS, 17))
    sums = np.concatenate([np.zeros((1, 17)), np.cumsum(noise, axis=0)])
    smooth = sums[SMOOTHING_STEPS:] - sums[:-SMOOTHING_STEPS]
    steps = smooth[:, :-1] - smooth[:, 1:]
    bits = steps[LAG_STEPS:] > steps[:-LAG_STEPS]
    return ((bits << np.arange(16)).sum(axis=1)[:WORDS]).astype(np.uint16)


def change_bits(words: Words, *, rate: float, random: np.random.Generator) -> Words:
    """Turn over a share of the bits, in runs as long as a codec's mistakes last (a kept word's step)."""
    wrong = np.repeat(random.random((len(words) // PHASES + 1, 16)) < rate, PHASES, axis=0)[: len(words)]
    return words ^ (wrong << np.arange(16)).sum(axis=1).astype(np.uint16)


@transaction.atomic
def fill(samples: int, *, pool: list[Words], random: np.random.Generator) -> None:
    """Write the samples, those of the pool first and in full, and one that is being measured."""
    now = timezone.now()
    project = Project.objects.create(slug="bench", name="Bench")
    people = [User.objects.create(phone=f"+86138{number:08d}") for number in range(2)]
    rows = (
        Sample(
            id=number + 1,
            project=project,
            person=people[number == samples],
            key=uuid.uuid4().hex,
            status=SampleStatus.MEASURING if number == samples else SampleStatus.REJECTED,
            original_bytes=1,
            original_sha256=uuid.uuid4().hex * 2,
            pcm_sha256=uuid.uuid4().hex * 2,
            sent_at=now,
            queued_at=now,
            measured_at=None if number == samples else now,
        )
        for number in range(samples + 1)
    )
    Sample.objects.bulk_create(rows, batch_size=CHUNK)
    kept = [split_phases(words)[0] for words in pool]
    SampleFingerprint.objects.bulk_create(
        (
            SampleFingerprint(
                id=number + 1,
                sample_id=number + 1,
                words=write_words(kept[number]) if number < len(kept) else bytes(800),
            )
            for number in range(samples)
        ),
        batch_size=CHUNK,
    )
    table = FingerprintKey._meta.db_table
    rows = _key_rows(samples, kept=kept, random=random)
    with connection.cursor() as cursor:
        while batch := list(islice(rows, 20 * CHUNK)):
            cursor.executemany(
                f"INSERT INTO {table} (fingerprint_id, value, position) VALUES (%s, %s, %s)",  # noqa: S608
                batch,
            )
        cursor.execute("ANALYZE")


def _key_rows(
    samples: int, *, kept: list[Words], random: np.random.Generator
) -> Iterator[tuple[int, int, int]]:
    keys = [choose_keys(words) for words in kept]
    for number, own in enumerate(keys):
        yield from ((number + 1, key.value, key.position) for key in own)
    values = np.array([key.value for own in keys for key in own])
    each = round(len(values) / len(keys))
    for number in range(len(keys), samples):
        drawn = random.choice(values, each).tolist()
        places = random.integers(0, WORDS // PHASES, each).tolist()
        yield from zip([number + 1] * each, drawn, places, strict=True)
