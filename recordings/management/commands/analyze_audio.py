"""Measure sound files as the worker does, and print the figures."""

import json
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recordings.sandbox import MeasureResult, measure_file
from recordings.screening import longest_worth_hearing_s, longest_worth_measuring_s, screen_report
from scheduling.models import Project

# What others rely on, before the verdict; what may grow comes after it.
FIGURES = (
    "sample_rate_hz",
    "channels",
    "codec",
    "clipped_share",
    "loudness_lufs",
    "peak_dbfs",
    "snr_db",
    "bandwidth_hz",
    "speech_share",
)
MORE_FIGURES = (
    "container",
    "declared_duration_ms",
    "is_lossless",
    "band_drop_db",
    "quality_mos",
    "dominant_share",
    "longest_silence_ms",
    "speech_method",
    "quality_method",
    "voices_method",
)


class Command(BaseCommand):
    help = (
        "Print what is measured of each file, and what a project with the usual thresholds would make of it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        missing = [str(path) for path in files if not path.is_file()]
        if missing:
            raise CommandError(f"No such file: {', '.join(missing)}", returncode=2)
        project = Project()
        for path in files:
            figures = analyze_file(path, project=project)
            if options["json"]:
                self.stdout.write(json.dumps(figures))
                continue
            self.stdout.write(str(path))
            for name, value in figures.items():
                self.stdout.write(f"  {name}: {value}")


def analyze_file(path: Path, *, project: Project) -> dict[str, Any]:
    """Measure the file in the sandbox and return its figures, the verdict (ok, mark, refuse) and the reasons."""
    with tempfile.TemporaryDirectory() as directory:
        result = measure_file(
            path,
            output_directory=Path(directory),
            max_duration_s=longest_worth_measuring_s(project),
            listen_s=longest_worth_hearing_s(project),
            with_preview=False,
        )
    report = result.report.as_dict() if result.report else {}
    verdict, reasons = _judge(result, project=project)
    figures, more = ({name: report.get(name) for name in names} for names in (FIGURES, MORE_FIGURES))
    duration_s = report["duration_ms"] / 1000 if report else None
    return {"duration_s": duration_s, **figures, "verdict": verdict, "reasons": reasons, **more}


def _judge(result: MeasureResult, *, project: Project) -> tuple[str, list[str]]:
    if result.report is None:
        return "refuse", [str(result.refusal_code)]
    screening = screen_report(result.report, project=project)
    if screening.refusal:
        return "refuse", [screening.refusal]
    return ("mark" if screening.marks else "ok"), screening.marks
