"""
The measuring process: `python -m recordings.audio.worker INPUT OUTPUT_DIRECTORY`.

Prints one JSON object: {"report", "peaks", "fingerprint", "preview", "isolation"}, or
{"refusal", "detail", "isolation"} with a code of RefusalCode. Any other end
is a crash, which the parent turns into a refusal too.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av

from recordings.audio.confinement import ProcessLimits, confine
from recordings.audio.fingerprint import write_text
from recordings.audio.refusals import DecodeError, RefusalCode
from recordings.audio.report import Limits, measure_all


def main(arguments: Sequence[str] | None = None) -> int:
    """Confine this process, measure the file, print the answer."""
    options = _parse(arguments)
    isolation = confine(
        ProcessLimits(
            memory_mb=options.memory_mb,
            cpu_s=options.cpu_s,
            file_mb=options.file_mb,
            open_files=options.open_files,
        ),
        parent_pid=options.parent_pid,
    )
    json.dump(
        {**_answer(options), "isolation": isolation}, sys.stdout, separators=(",", ":"), allow_nan=False
    )
    return 0


def _answer(options: argparse.Namespace) -> dict[str, Any]:
    try:
        measurement = measure_all(
            options.input,
            limits=Limits(
                max_duration_s=options.max_duration_s, columns=options.columns, listen_s=options.listen_s
            ),
            preview_directory=options.output if options.preview else None,
        )
    except DecodeError as error:
        return {"refusal": error.code, "detail": error.detail}
    except MemoryError:
        return {"refusal": RefusalCode.DECODE_MEMORY, "detail": f"more than {options.memory_mb} MB"}
    except (OSError, av.FFmpegError) as error:
        return {"refusal": RefusalCode.DECODE_CRASHED, "detail": type(error).__name__}
    preview = measurement.preview_path
    return {
        "report": measurement.report.as_dict(),
        "peaks": measurement.peaks,
        "fingerprint": write_text(measurement.fingerprint),
        "preview": preview.name if preview else None,
    }


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    usual = ProcessLimits()
    parser = argparse.ArgumentParser(prog="recordings.audio.worker")
    parser.add_argument("input", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--max-duration-s", type=float, required=True)
    parser.add_argument("--columns", type=int, default=1_500)
    parser.add_argument("--listen-s", type=float)
    parser.add_argument("--preview", action="store_true")
    parser.add_argument("--memory-mb", type=int, default=usual.memory_mb)
    parser.add_argument("--cpu-s", type=int, default=usual.cpu_s)
    parser.add_argument("--file-mb", type=int, default=usual.file_mb)
    parser.add_argument("--open-files", type=int, default=usual.open_files)
    parser.add_argument("--parent-pid", type=int, help="whose end is ours; bubblewrap sees to that itself")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
