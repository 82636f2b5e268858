"""Which earlier samples a sound is known from, and what follows. Rule: R-6; docs/decisions/0011."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Max, Prefetch, Q, QuerySet

from recordings.audio.fingerprint import Words, choose_keys, compare, read_words, split_phases, write_words
from recordings.audio.report import Report
from recordings.models import FingerprintKey, Sample, SampleFingerprint, SampleMatch, SampleStatus
from recordings.sandbox import MeasureResult
from scheduling.models import Project

# Two keys at one distance from each other are hardly ever chance; one often is.
LEAST_KEYS = 2
# Candidates that are compared bit by bit, those with the most keys first; each costs some milliseconds.
MOST_CANDIDATES = 20
# Where a candidate is laid on the sound: those with the most keys, more than one when the speed differs.
MOST_OFFSETS = 8
# Values in one query; databases bound the number of parameters.
VALUES_A_QUERY = 400
# A key that so many sounds have says nothing about any of them.
MOST_ROWS_A_QUERY = 20_000


class Match(NamedTuple):
    """An earlier sample that sounds the same; see audio.fingerprint.Likeness for the figures."""

    earlier_id: int
    is_own: bool
    error_rate: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Sameness:
    """What follows from the matches: a refusal code or "", the marks that reviewers see, the matches for staff."""

    refusal: str = ""
    marks: list[str] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)


class Search(NamedTuple):
    """The samples found alike, among the fingerprints with keys up to `newest_id`."""

    matches: list[Match]
    newest_id: int


def search_alike(sample: Sample, *, words: Words) -> Search:
    """
    Look for the sound among all earlier samples, before anything is locked.

    The cost grows with their number (a third of a second among 100,000), so it is paid
    here; `judge_sameness` only looks at what came since.
    """
    newest_id = SampleFingerprint.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return Search(_find_alike(sample, words=words), newest_id)


def judge_sameness(sample: Sample, *, result: MeasureResult, found: Search) -> Sameness:
    """
    Say what follows from the earlier samples that sound the same: those found before, and those that came since.

    Another person's same file or samples, or their sound within
    `sample_refuse_alike`, refuses as "duplicate"; what is alike within
    `sample_mark_alike` is marked "alike", and "sent_before" when it is the
    person's own in this project. A refused sample is no precedent: a thief who
    came second must not make the owner's next upload a duplicate. To be called
    while `lock_comparisons` holds. Rule: R-6.
    """
    project = sample.project
    newer = _find_alike(sample, words=result.fingerprint, after_id=found.newest_id)
    alike = [*_still_precedents(found.matches, sample=sample), *newer]
    matches = {match.earlier_id: match for match in alike}
    matches |= {match.earlier_id: match for match in _find_equal(sample, report=result.report)}
    own = [match for match in matches.values() if match.is_own]
    others = [match for match in matches.values() if not match.is_own]
    refuses = any(match.error_rate <= project.sample_refuse_alike for match in others)
    return Sameness(
        refusal="duplicate" if refuses else "",
        marks=["alike"] * bool(others) + ["sent_before"] * bool(own),
        matches=sorted(matches.values(), key=lambda match: match.error_rate),
    )


def lock_comparisons() -> None:
    """
    Let no two samples be compared at one moment: each would miss the other, and both would pass.

    Locks every project's row until the end of the transaction, in the order of their keys.
    On SQLite the transaction itself is the lock.
    """
    list(Project.objects.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def keep_fingerprint(sample: Sample, *, words: Words) -> None:
    """Keep every fourth word and its keys, so that later samples are compared with this one."""
    kept = split_phases(words)[0]
    fingerprint = SampleFingerprint.objects.create(sample=sample, words=write_words(kept))
    FingerprintKey.objects.bulk_create(
        FingerprintKey(fingerprint=fingerprint, value=key.value, position=key.position)
        for key in choose_keys(kept)
    )


def keep_matches(sample: Sample, *, matches: Iterable[Match]) -> None:
    """Write down for staff which earlier samples sound the same."""
    SampleMatch.objects.bulk_create(
        SampleMatch(
            sample=sample, earlier_id=match.earlier_id, error_rate=match.error_rate, seconds=match.seconds
        )
        for match in matches
    )


def with_earlier_samples() -> Prefetch:
    """Return what to prefetch so that each sample knows the earlier ones that sound the same, the closest first."""
    matches = SampleMatch.objects.select_related("earlier__person").order_by("error_rate", "pk")
    return Prefetch("matches", queryset=matches.defer("earlier__peaks", "earlier__regions"))


def find_candidates(words: Words, *, after_id: int = 0) -> dict[int, list[int]]:
    """
    Return the fingerprints behind `after_id` that share keys with a new sound, and at which offsets.

    The most alike come first.

    A few indexed queries, whatever the number of samples; a third of a second among 100,000.
    """
    positions: dict[int, list[int]] = defaultdict(list)
    for phase in split_phases(words):
        for key in choose_keys(phase):
            positions[key.value].append(key.position)
    shared: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for value, fingerprint_id, position in _read_rows(sorted(positions), after_id=after_id):
        shared[fingerprint_id].update((position, position - own) for own in positions[value])
    counted = [(fingerprint_id, _count_offsets(places)) for fingerprint_id, places in shared.items()]
    counted = [(fingerprint_id, counts) for fingerprint_id, counts in counted if counts]
    counted.sort(key=lambda each: -max(each[1].values()))
    return {
        fingerprint_id: [offset for offset, _count in counts.most_common()]
        for fingerprint_id, counts in counted[:MOST_CANDIDATES]
    }


def _count_offsets(places: set[tuple[int, int]]) -> Counter[int]:
    """
    Count at each offset the places of the kept sound that speak for it, and leave out those with too few.

    Recordings of one sound may drift by a word, so the neighbouring offsets speak too; a place
    that speaks for several of them, as phases of one sound do, counts once.
    """
    at: dict[int, set[int]] = defaultdict(set)
    for position, offset in places:
        at[offset].add(position)
    nowhere: set[int] = set()
    near = {o: at[o] | at.get(o - 1, nowhere) | at.get(o + 1, nowhere) for o in list(at)}
    return Counter({offset: len(spoken) for offset, spoken in near.items() if len(spoken) >= LEAST_KEYS})


def _read_rows(values: list[int], *, after_id: int) -> Iterator[tuple[int, int, int]]:
    newer = FingerprintKey.objects.filter(fingerprint_id__gt=after_id) if after_id else FingerprintKey.objects
    for start in range(0, len(values), VALUES_A_QUERY):
        rows = newer.filter(value__in=values[start : start + VALUES_A_QUERY])
        yield from rows.values_list("value", "fingerprint_id", "position")[:MOST_ROWS_A_QUERY]


def _find_equal(sample: Sample, *, report: Report | None) -> list[Match]:
    """Return the earlier samples with the same bytes or the same samples of sound."""
    same = Q(original_sha256=sample.original_sha256)
    if report:
        same |= Q(pcm_sha256=report.pcm_sha256)
    earlier = Q(pk__lt=sample.pk) | Q(measured_at__isnull=False)
    found = _precedents(sample).filter(same & earlier).only("person_id", "duration_ms")[:MOST_CANDIDATES]
    return [
        Match(other.pk, other.person_id == sample.person_id, 0.0, (other.duration_ms or 0) / 1000)
        for other in found
    ]


def _still_precedents(matches: list[Match], *, sample: Sample) -> list[Match]:
    """Leave out what was refused while nothing was locked."""
    earlier_ids = [match.earlier_id for match in matches]
    precedents = set(_precedents(sample).filter(pk__in=earlier_ids).values_list("pk", flat=True))
    return [match for match in matches if match.earlier_id in precedents]


def _find_alike(sample: Sample, *, words: Words, after_id: int = 0) -> list[Match]:
    project = sample.project
    candidates = find_candidates(words, after_id=after_id)
    found = SampleFingerprint.objects.filter(pk__in=candidates, sample__in=_precedents(sample).values("pk"))
    matches = []
    for fingerprint in found.select_related("sample").only("words", "sample__person_id"):
        offsets = candidates[fingerprint.pk][:MOST_OFFSETS]
        kept = read_words(fingerprint.words)
        likeness = compare(words, kept, offsets=offsets, least_s=project.sample_alike_s)
        if likeness and likeness.error_rate <= project.sample_mark_alike:
            is_own = fingerprint.sample.person_id == sample.person_id
            matches.append(Match(fingerprint.sample_id, is_own, likeness.error_rate, likeness.seconds))
    return matches


def _precedents(sample: Sample) -> QuerySet[Sample]:
    """Return the samples that this one may be the same as: one's own in the same project, and everybody else's."""
    own_elsewhere = Q(person=sample.person_id) & ~Q(project=sample.project_id)
    return Sample.objects.exclude(own_elsewhere).exclude(status=SampleStatus.REFUSED).exclude(pk=sample.pk)
