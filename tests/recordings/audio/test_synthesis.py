import numpy as np
import pytest

from recordings.audio.synthesis import RATE_HZ, SPEECH_RMS, make_conversation, make_tone


def test_conversation_is_the_same_for_the_same_seed_only():
    first, again, other = (make_conversation(seconds=10, seed=seed).mix() for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_conversation_has_two_voices_that_take_turns():
    talk = make_conversation(seconds=60, seed=4)
    assert talk.voices.shape == (2, 60 * RATE_HZ)
    assert talk.mix().shape == (1, 60 * RATE_HZ)
    assert talk.mix().dtype == np.float32
    assert {turn.voice for turn in talk.turns} == {0, 1}
    assert sum(a.voice != b.voice for a, b in zip(talk.turns, talk.turns[1:], strict=False)) >= 5
    assert 0.55 < talk.speech_share() < 0.95
    for number, voice in enumerate(talk.voices):
        speaking = np.zeros(len(voice), dtype=bool)
        for turn in talk.turns:
            if turn.voice == number:
                speaking[turn.from_sample : turn.to_sample] = True
        assert np.sqrt(np.mean(voice[speaking] ** 2)) == pytest.approx(SPEECH_RMS, rel=0.05)
        assert not voice[~speaking].any()


@pytest.mark.parametrize("seed", range(12))
def test_conversation_never_clips(seed):
    assert np.abs(make_conversation(seconds=20, seed=seed).mix()).max() < 1


@pytest.mark.parametrize("snr_db", [10, 30])
def test_conversation_noise_lies_where_it_was_told(snr_db):
    talk = make_conversation(seconds=5, seed=1, snr_db=snr_db)
    assert 20 * np.log10(SPEECH_RMS / np.sqrt(np.mean(talk.noise**2))) == pytest.approx(snr_db, abs=0.1)


@pytest.mark.parametrize("seconds", [0.1, 0.5, 1.7])
def test_conversation_may_be_too_short_to_speak(seconds):
    talk = make_conversation(seconds=seconds, seed=1)
    assert talk.mix().shape == (1, round(seconds * RATE_HZ))


def test_tone_has_the_level_it_was_told():
    tone = make_tone(seconds=1, rms_dbfs=-12)
    assert 20 * np.log10(np.sqrt(np.mean(tone.astype(float) ** 2))) == pytest.approx(-12, abs=0.001)
