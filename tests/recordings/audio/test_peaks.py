import numpy as np
import pytest

from recordings.audio.peaks import PeakMeter


def outline(signal, *, rate_hz=1_000, columns=1_500):
    meter = PeakMeter(sample_rate_hz=rate_hz)
    for start in range(0, signal.shape[1], rate_hz):
        meter.add(signal[:, start : start + rate_hz])
    return meter.as_columns(columns)


def test_peaks_show_the_lowest_and_highest_sample_of_equal_parts():
    signal = np.zeros((2, 4_000), dtype=np.float32)
    signal[0, 500], signal[1, 600], signal[0, 3_999] = 1.0, -0.5, 0.25
    assert outline(signal, columns=4) == [[-64, 127], [0, 0], [0, 0], [0, 32]]


@pytest.mark.parametrize(
    ("samples", "count"), [(1_000, 100), (15_000, 1_500), (15_010, 1_500), (60_000, 1_500)]
)
def test_peaks_have_as_many_columns_as_asked_or_one_for_each_10_ms(samples, count):
    assert len(outline(np.ones((1, samples), dtype=np.float32))) == count


def test_peaks_stay_in_range_beyond_full_scale():
    assert outline(np.array([[-3.0, 3.0]], dtype=np.float32)) == [[-127, 127]]


def test_peaks_of_nothing_are_empty():
    assert outline(np.zeros((1, 0), dtype=np.float32)) == []
