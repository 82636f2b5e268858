"""A client process of the race tests: reads jobs from its input, one a line, and answers on its output."""

import json
import os
import sys
import traceback
from importlib import import_module
from typing import Any, TextIO

import django


def main() -> None:
    """Carry out jobs until the input ends. What the product prints goes to the error output."""
    answers = os.fdopen(os.dup(1), "w")
    sys.stdout = sys.stderr
    django.setup()
    say(answers, "up")
    for line in sys.stdin:
        message = json.loads(line)
        if "database" in message:
            open_database(message["database"])
            say(answers, "open")
            continue
        say(answers, "ready")
        sys.stdin.readline()
        say(answers, carry_out(message["function"], message["arguments"]))


def say(answers: TextIO, value: Any) -> None:
    answers.write(json.dumps(value) + "\n")
    answers.flush()


def open_database(name: str | None) -> None:
    """Leave the database and use the one of that name from the next query on."""
    from django.db import connection

    connection.close()
    if name:
        connection.settings_dict["NAME"] = name


def carry_out(function: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the value of the job, a scene or `module:function`, or what it raised."""
    from tests.races import review_scenes, scenes

    module, _colon, name = function.rpartition(":")
    try:
        homes = [import_module(module)] if module else [scenes, review_scenes]
        home = next(home for home in homes if hasattr(home, name))
        return {"value": getattr(home, name)(**arguments)}
    except Exception:  # the harness reports whatever a job raises
        return {"error": traceback.format_exc()}


if __name__ == "__main__":
    main()
