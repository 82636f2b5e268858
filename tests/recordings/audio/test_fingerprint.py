import numpy as np
import pytest
import soxr

from recordings.audio.decode import open_audio
from recordings.audio.fingerprint import (
    MOST_EQUAL_KEYS,
    MOST_WORDS,
    PHASES,
    WORDS_A_SECOND,
    FingerprintMeter,
    choose_keys,
    compare,
    read_text,
    split_phases,
    write_text,
)
from recordings.audio.synthesis import RATE_HZ
from tests.recordings.audio.makers import make_file, talk

SECONDS = 40.0


def fingerprint(sound, *, rate_hz=RATE_HZ, block=None):
    meter = FingerprintMeter(sample_rate_hz=rate_hz)
    size = block or rate_hz
    for start in range(0, sound.shape[1], size):
        meter.add(sound[:, start : start + size])
    return meter.words()


def recode(directory, sound, *, encoding):
    with open_audio(make_file(directory, encoding=encoding, signal=sound)) as audio:
        blocks = list(audio.blocks(max_duration_s=185))
        return np.concatenate(blocks, axis=1), audio.source.sample_rate_hz


def random_words(count, *, seed=1):
    return np.random.default_rng(seed).integers(1, 2**16, count).astype(np.uint16)


def compare_anywhere(new, kept, *, step=1):
    """Compare a new sound with what is kept of another, at every offset (or every few)."""
    kept = split_phases(kept)[0]
    return compare(new, kept, offsets=range(-len(new) // 4, len(kept), step), least_s=25)


def compare_at(new, kept, *, at_s=0.0):
    kept, middle = split_phases(kept)[0], round(at_s * WORDS_A_SECOND)
    return compare(new, kept, offsets=range(middle - 2, middle + 3), least_s=25)


@pytest.fixture(scope="module")
def sound():
    return talk(SECONDS).mix()


@pytest.mark.parametrize("encoding", ["m4a", "mp3", "webm", "opus", "ogg", "amr", "3gp", "flac"])
def test_the_same_sound_in_another_format_is_known_again(tmp_path, sound, encoding):
    copy, rate_hz = recode(tmp_path, sound, encoding=encoding)

    likeness = compare_at(fingerprint(copy, rate_hz=rate_hz), fingerprint(sound))

    assert likeness.error_rate <= 0.10
    assert likeness.seconds >= 25


def noisy(sound):
    noise = np.random.default_rng(3).standard_normal(sound.shape).astype(np.float32)
    return sound + noise * np.float32(np.sqrt(np.mean(sound**2)) * 10 ** (-20 / 20))


CHANGES = {
    "softer": lambda sound: sound * np.float32(0.05),
    "brighter": lambda sound: np.diff(sound, axis=1),
    "cut at both ends": lambda sound: sound[:, 5 * RATE_HZ + 333 : -5 * RATE_HZ],
    "two channels": lambda sound: np.repeat(sound, 2, axis=0),
    "noise at 20 dB": noisy,
    "turned over": lambda sound: -sound,
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_sound_changed_is_known_again(sound, change):
    at_s = 5.0 if change == "cut at both ends" else 0.0

    likeness = compare_at(fingerprint(CHANGES[change](sound)), fingerprint(sound), at_s=at_s)

    assert likeness.error_rate <= 0.10
    assert likeness.seconds >= 25


def test_a_part_of_a_sound_in_another_one_is_known_again(sound):
    stranger = talk(90.0, seed=8).mix()
    mixed = np.concatenate([stranger[:, : 50 * RATE_HZ], sound, stranger[:, 50 * RATE_HZ :]], axis=1)

    likeness = compare_at(fingerprint(mixed), fingerprint(sound), at_s=-50.0)

    assert likeness.error_rate <= 0.10
    assert 30 <= likeness.seconds <= 40


def test_other_sounds_are_strangers(sound):
    words = [fingerprint(talk(SECONDS, seed=seed).mix()) for seed in (21, 22, 23)] + [fingerprint(sound)]

    rates = [compare_anywhere(a, b).error_rate for n, a in enumerate(words) for b in words[:n]]

    assert min(rates) >= 0.387


def test_a_change_of_speed_by_two_percent_evades(sound):
    faster = soxr.resample(sound.T, RATE_HZ * 1.02, RATE_HZ).T

    assert compare_anywhere(fingerprint(faster), fingerprint(sound)).error_rate > 0.25


def test_blocks_of_any_size_give_the_same_words(sound):
    assert (fingerprint(sound, block=4_321) == fingerprint(sound)).all()


@pytest.mark.parametrize(
    "sound",
    [np.zeros((1, 0)), np.ones((1, 10)), np.zeros((1, RATE_HZ * 30))],
    ids=["nothing", "a click", "silence"],
)
def test_silence_is_like_nothing(sound):
    words = fingerprint(sound.astype(np.float32))

    assert not words.any()
    assert compare_at(words, words) is None
    assert choose_keys(words) == []


def test_a_fingerprint_has_an_end():
    second = talk(1.0).mix()
    meter = FingerprintMeter(sample_rate_hz=RATE_HZ)
    for _ in range(730):
        meter.add(second)

    assert len(meter.words()) == MOST_WORDS


def fine(kept):
    """Return a new sound all of whose phases are the kept words."""
    return np.repeat(kept, PHASES)


def test_compare_asks_for_a_length_in_common():
    words = random_words(391)  # 25 s
    one_unheard = np.where(np.arange(391) == 9, 0, words).astype(np.uint16)

    assert compare(fine(words), words, offsets=[0], least_s=25) == (0.0, 25.0)
    assert compare(fine(words[:-1]), words, offsets=[0], least_s=25) is None
    assert compare(fine(words), words, offsets=[1, -1], least_s=25) is None
    assert compare(fine(words), one_unheard, offsets=[0], least_s=25) is None


def test_compare_counts_the_bits_that_differ():
    words = random_words(1_000)
    changed = words.copy()
    changed[::10] ^= 0xFFFF

    assert compare(fine(changed), words, offsets=[-40, 0, 7], least_s=25) == (0.1, 64.0)


def test_compare_lays_the_new_sound_where_it_is_told():
    words = random_words(1_000)

    assert compare(fine(words[100:]), words, offsets=[100], least_s=25) == (0.0, 57.6)
    assert compare(fine(words), words[100:], offsets=[-100], least_s=25) == (0.0, 57.6)


def test_keys_of_a_sound_that_repeats_itself_are_few():
    words = np.tile(random_words(1_000), 8)

    keys = choose_keys(words)

    values = [key.value for key in keys]
    assert keys == sorted(keys, key=lambda key: key.position)
    assert {values.count(value) for value in values} == {MOST_EQUAL_KEYS}
    assert all(0 <= value < 2**24 for value in values)


def test_words_travel_as_text():
    words = random_words(99)

    assert (read_text(write_text(words)) == words).all()


@pytest.mark.parametrize("text", ["not base64!", "YQ==", write_text(random_words(MOST_WORDS + 1)), None, 5])
def test_read_text_believes_nothing(text):
    with pytest.raises((ValueError, TypeError)):
        read_text(text)
