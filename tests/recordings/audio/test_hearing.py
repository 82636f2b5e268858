"""What the models hear in talk of a known timeline: speech, noise, quality, voices."""

import numpy as np
import pytest

from recordings.audio.hearing import hear
from recordings.audio.mono import MODEL_RATE_HZ
from recordings.audio.quality import rate_quality
from recordings.audio.speech import as_activity
from recordings.audio.synthesis import make_conversation, make_tone
from recordings.audio.vad import find_talk, rate_speech
from recordings.audio.voices import LEAST_WINDOWS, part_voices


def noise_of(seconds, *, seed=1):
    random = np.random.default_rng(seed)
    return random.standard_normal(round(seconds * MODEL_RATE_HZ), dtype=np.float32) * np.float32(0.05)


@pytest.mark.parametrize("gain_db", [0, -30])
def test_speech_is_heard_at_any_level(gain_db):
    talk = make_conversation(seconds=40, seed=3)
    found = find_talk(rate_speech(talk.mix()[0] * np.float32(10 ** (gain_db / 20))))
    assert found.speech_share == pytest.approx(talk.speech_share(), abs=0.08)
    truth = talk.is_speech()[80::160][: found.frame_count]
    assert (found.mask() & truth).sum() / truth.sum() > 0.9


def test_noise_tones_and_silence_are_no_speech():
    tone = make_tone(seconds=5, rms_dbfs=-20, rate_hz=MODEL_RATE_HZ)[0]
    for signal in (
        noise_of(5),
        tone,
        np.zeros(5 * MODEL_RATE_HZ, np.float32),
        noise_of(5) * np.float32(1e-4),
    ):
        assert find_talk(rate_speech(signal)).speech_share == 0


@pytest.mark.parametrize("samples", [0, 1, 159, 160, 513])
def test_a_few_samples_have_nothing_to_hear(samples):
    hearing = hear(np.full(samples, 0.1, dtype=np.float32))
    assert hearing.speech.speech_share == 0
    assert (hearing.snr_db, hearing.quality_mos, hearing.voices) == (None, None, None)


@pytest.mark.parametrize("snr_db", [12, 20, 30])
def test_snr_is_near_the_truth(snr_db):
    talk = make_conversation(seconds=60, seed=3, snr_db=snr_db)
    assert hear(talk.mix()[0]).snr_db == pytest.approx(snr_db, abs=1.5)


def test_snr_is_unknown_without_half_a_second_of_pause_and_stops_at_sixty():
    talk = make_conversation(seconds=45, seed=3, snr_db=200)
    hearing = hear(talk.mix()[0])
    assert hearing.snr_db == 60
    spoken = talk.is_speech()
    first, last = np.flatnonzero(spoken)[[0, -1]]
    dense = talk.mix()[0][first:last][spoken[first:last]]
    assert hear(dense).snr_db is None


def test_quality_falls_with_noise_and_not_with_level():
    clear, noisy = (make_conversation(seconds=20, seed=3, snr_db=snr).mix()[0] for snr in (30, 5))
    assert rate_quality(clear) > rate_quality(noisy) + 0.4
    assert rate_quality(clear * np.float32(0.1)) == pytest.approx(rate_quality(clear), abs=0.05)


def test_quality_of_less_than_half_a_second_or_of_silence_is_unknown():
    half = MODEL_RATE_HZ // 2
    assert rate_quality(noise_of(0.5)[:half]) is not None
    assert rate_quality(noise_of(0.5)[: half - 1]) is None
    assert rate_quality(np.zeros(MODEL_RATE_HZ, dtype=np.float32)) is None


def test_voices_take_turns_as_they_do():
    talk = make_conversation(seconds=90, seed=4)
    voices = hear(talk.mix()[0]).voices
    spoken = [sum(t.to_sample - t.from_sample for t in talk.turns if t.voice == n) for n in (0, 1)]
    assert voices.dominant_share == pytest.approx(max(spoken) / sum(spoken), abs=0.1)
    assert [stretch.from_ms for stretch in voices.stretches] == sorted(s.from_ms for s in voices.stretches)
    right = total = 0
    louder = int(np.argmax(spoken))
    for stretch in voices.stretches:
        middle = (stretch.from_ms + stretch.to_ms) * MODEL_RATE_HZ // 2_000
        speaking = {turn.voice for turn in talk.turns if turn.from_sample <= middle < turn.to_sample}
        if len(speaking) == 1:
            total += 1
            right += (stretch.voice == "a") == (louder in speaking)
    assert right / total > 0.85


def test_voices_of_little_speech_are_not_parted():
    signal = make_conversation(seconds=60, seed=4).mix()[0]
    frames = len(signal) // 160
    needed = 80 + 40 * (LEAST_WINDOWS - 1) + 1
    enough, little = (np.arange(frames) < count for count in (needed, needed - 1 - 40))
    assert part_voices(signal, speech=as_activity(enough)) is not None
    assert part_voices(signal, speech=as_activity(little)) is None
