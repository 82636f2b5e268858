import subprocess
import sys

import numpy as np
import pytest

from recordings.audio.networks import P808, SILERO, SPEAKER, Network, run_network


@pytest.mark.parametrize("network", [SILERO, P808, SPEAKER])
def test_network_is_installed_and_named_with_its_version(network):
    assert network.locate().is_file()
    distribution, version = network.name().split(" ")
    assert distribution == network.distribution
    assert version[0].isdigit()


def test_network_that_is_not_installed_is_told_by_name():
    absent = Network(package="no_such_package", path="x.onnx", distribution="no-such-package")
    with pytest.raises(FileNotFoundError, match="no-such-package is not installed"):
        absent.locate()


def test_network_runs_on_inputs_by_name():
    (score,) = run_network(P808, input_1=np.zeros((1, 900, 120), dtype=np.float32))
    assert score.shape == (1, 1)


def test_runtime_is_not_loaded_before_a_model_is_asked():
    code = "import sys, recordings.audio.worker; print('onnxruntime' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert answer.strip() == "False"
