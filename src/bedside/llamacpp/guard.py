"""Run a program and end it together with its children when the process that asked for it is gone.

Started as a script by `process`, with a pipe on its standard input that nobody writes to: the pipe ends
when the parent ends, however it ends. So a killed `bedside` leaves no program behind that still writes
into a half-finished artifact. It ends after its program, so that whoever waits for the guard waits for the
program too. Uses the standard library only.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def _end_with_parent(child: subprocess.Popen[bytes]) -> None:
    os.read(0, 1)  # no buffered stream: its lock would abort the interpreter's own end
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    child.kill()
    os._exit(1)


def main() -> int:
    """Run the command line given as arguments; end as it ends."""
    signal.signal(signal.SIGTERM, lambda *_: None)  # a handler, not SIG_IGN, which the program would inherit
    try:
        child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    except OSError as error:
        sys.stderr.write(f"error: {error}\n")
        return 127
    threading.Thread(target=_end_with_parent, args=(child,), daemon=True).start()
    status = child.wait()
    if status < 0:  # ended by a signal: say so in the shell's way, the parent turns it back
        return 128 - status
    return status


if __name__ == "__main__":
    sys.exit(main())
