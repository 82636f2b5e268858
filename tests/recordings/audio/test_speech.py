import numpy as np
import pytest

from recordings.audio.decode import open_audio
from recordings.audio.levels import LevelMeter
from recordings.audio.speech import find_speech
from recordings.audio.synthesis import RATE_HZ, make_conversation, make_tone
from tests.recordings.audio.makers import find_labelled, make_file


def find_in(signal, *, rate_hz=RATE_HZ):
    meter = LevelMeter(sample_rate_hz=rate_hz)
    for start in range(0, signal.shape[1], rate_hz):
        meter.add(signal[:, start : start + rate_hz])
    return find_speech(meter.frame_levels_dbfs())


@pytest.mark.parametrize("gain_db", [0, -20, -35])
@pytest.mark.parametrize("snr_db", [30, 15])
def test_speech_share_is_near_the_truth_at_any_level(gain_db, snr_db):
    talk = make_conversation(seconds=60, seed=5, snr_db=snr_db)
    found = find_in(talk.mix() * np.float32(10 ** (gain_db / 20)))
    assert found.speech_share == pytest.approx(talk.speech_share(), abs=0.08)


def test_speech_share_of_a_telephone_talk_is_near_its_labels(tmp_path):
    labelled = find_labelled("conversation/phone_two_speakers.wav")
    true_share = 0.749 if labelled else make_conversation(seconds=30, seed=5).speech_share()
    path = (
        labelled[0] if labelled else make_file(tmp_path, signal=make_conversation(seconds=30, seed=5).mix())
    )
    with open_audio(path) as audio:
        sound = np.concatenate(list(audio.blocks(max_duration_s=60)), axis=1)
    assert find_in(sound).speech_share == pytest.approx(true_share, abs=0.06)


def test_speech_is_not_found_in_silence_noise_or_a_steady_tone():
    random = np.random.default_rng(1)
    noise = random.standard_normal((1, 10 * RATE_HZ), dtype=np.float32)
    assert find_in(np.zeros((1, RATE_HZ), dtype=np.float32)).speech_share == 0
    assert find_in(noise * 0.1).speech_share == 0
    assert find_in(noise * 1e-5).speech_share == 0
    assert find_in(make_tone(seconds=5, rms_dbfs=-20, rate_hz=RATE_HZ)).speech_share == 0


def test_speech_of_a_few_frames_is_none():
    assert find_speech(np.full(5, -20.0)).speech_share == 0
    assert find_speech(np.empty(0)).speech_share == 0


def test_silences_are_told_with_their_edges():
    levels = np.full(3_000, -70.0)
    levels[500:1_000] = -20
    levels[2_000:2_500] = -20
    found = find_speech(levels)
    assert found.runs == pytest.approx(np.array([[500, 1_000], [2_000, 2_500]]), abs=3)
    silences_ms = found.silences_ms(longer_than_ms=5_200)
    assert np.array(silences_ms) == pytest.approx(np.array([[10_000, 20_000]]), abs=30)
    assert len(found.silences_ms(longer_than_ms=1_000)) == 3


def test_gaps_below_a_third_of_a_second_belong_to_the_talk():
    levels = np.full(1_000, -70.0)
    levels[100:200] = levels[220:300] = levels[400:500] = -20
    runs = find_speech(levels).runs
    assert runs == pytest.approx(np.array([[100, 300], [400, 500]]), abs=3)


def test_clicks_are_no_speech():
    levels = np.full(1_000, -70.0)
    levels[100:103] = -10
    levels[400:600] = -20
    assert find_speech(levels).runs == pytest.approx(np.array([[400, 600]]), abs=3)
