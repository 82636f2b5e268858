"""
What the measuring process takes away from itself before it touches a hostile file.

It runs as the first thing in the child, so that the parent needs no code
between fork and exec. What a system does not know is left out; the answer says so.
"""

import contextlib
import ctypes
import os
import resource
import signal
from dataclasses import dataclass

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38

# A second and a half behind the people who wait for pages.
NICENESS = 5


@dataclass(frozen=True, kw_only=True)
class ProcessLimits:
    """What the child may use. The memory is address space; an idle child has 250 MB of it."""

    memory_mb: int = 1_024
    cpu_s: int = 60
    file_mb: int = 64
    open_files: int = 32


def confine(limits: ProcessLimits, *, parent_pid: int | None = None) -> str:
    """
    Limit this process for good and cut it off the network where the system allows.

    Given its parent's id, the process dies with its parent, where the system
    knows that, and at once when the parent is dead already. Return
    "no_network" or, where namespaces are forbidden, "limits_only".
    Must run before any thread is started.
    """
    megabyte = 1024 * 1024
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, limits.memory_mb * megabyte)
    # The soft limit sends SIGXCPU, which says what happened; the hard one kills what ignores it.
    _limit(resource.RLIMIT_CPU, limits.cpu_s, hard=limits.cpu_s + 2)
    _limit(resource.RLIMIT_FSIZE, limits.file_mb * megabyte)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    isolation = "no_network" if _leave_network() else "limits_only"
    if parent_pid is not None:
        _die_with(parent_pid)  # after the move: new credentials would clear it
    return isolation


def _limit(what: int, most: int, *, hard: int | None = None) -> None:
    """Set a limit, or the lower one that is already in force; macOS refuses some kinds."""
    in_force = resource.getrlimit(what)[1]
    ceiling = most if hard is None else hard
    if in_force != resource.RLIM_INFINITY:
        most, ceiling = min(most, in_force), min(ceiling, in_force)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (most, ceiling))


def _leave_network() -> bool:
    """Move into a network of our own, which has no interface; and give up gaining privileges."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "unshare"):
        return False
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWNET) == 0


def _die_with(parent_pid: int) -> None:
    """Be killed when the parent ends, so that a worker that was killed leaves no decoder behind."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)
