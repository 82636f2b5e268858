"""What PostgreSQL wrote of deadlocks in its own log: who waited for whom, with which statements."""

import re

# The first is written before each line, so that the second finds the process, the database and the severity.
LINE_PREFIX = "%m [%p] <%d> "
ENTRY = re.compile(r"^\S+ \S+ \S+ \[(?P<process>\d+)\] <(?P<database>[^>]*)> (?P<severity>[A-Z]+): ")
BELONGS_TO_THE_LAST = {"DETAIL", "HINT", "CONTEXT", "STATEMENT", "QUERY"}


def find_deadlocks(log: str, *, database: str) -> list[str]:
    """Return the entries of the log that say that a deadlock was found in the database, each with its details."""
    found: list[list[str]] = []
    victims: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in log.splitlines():
        entry = ENTRY.match(line)
        if entry is None:
            if current is not None:
                current.append(line)
            continue
        process = entry["process"]
        if entry["severity"] not in BELONGS_TO_THE_LAST:
            victims.pop(process, None)
            if entry["database"] == database and "deadlock detected" in line:
                victims[process] = []
                found.append(victims[process])
        current = victims.get(process)
        if current is not None:
            current.append(line)
    return ["\n".join(lines) for lines in found]


def processes_of(deadlock: str) -> set[int]:
    """Return the server's processes that waited for one another."""
    return {int(number) for number in re.findall(r"\bProcess (\d+)", deadlock)}
