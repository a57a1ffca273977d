"""Become a command that dies with its parent: `python tied.py PARENT_PID COMMAND...`."""

# Run as a bare script by the supervisor, so it imports nothing of ours. It is an extra step, not a
# preexec_fn, because running Python between fork and exec is unsafe in a process with threads.

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, then become the command."""
    parent_pid, command = int(sys.argv[1]), sys.argv[2:]
    # Only Linux can; elsewhere a role that lost its supervisor has to be ended by hand.
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before the line above; then nobody would send the signal.
    if os.getppid() != parent_pid:
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606 - becoming the given command is this script's purpose
    except OSError as error:
        sys.exit(f"cannot start {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
