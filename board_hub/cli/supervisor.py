"""Several processes in one terminal: started together, their lines told apart, ended together however it ends."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType

from rich.console import Console
from rich.text import Text

COLOURS = ("cyan", "yellow", "green", "magenta", "blue", "bright_red", "bright_cyan", "bright_yellow")
PATIENCE = 12.0
"""Seconds a process may take to end in order."""
LOOK_EVERY = 0.2


class Supervisor:
    """Use as a context manager: leaving it ends all processes, the last started first. Call it in the main thread.

    Ctrl-C, SIGTERM and SIGHUP raise KeyboardInterrupt once; the second one kills. When this process is killed, the
    kernel ends the others (Linux): it watches the thread that started them.
    """

    def __init__(self) -> None:
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._readers: list[threading.Thread] = []
        self._console = Console(highlight=False)
        self._ending = False

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        self._ending = True
        self.stop()

    def add_environment(self, environment: Mapping[str, str]) -> None:
        """Environment variables for the processes started from now on."""
        self._environment |= environment

    def say(self, words: str) -> None:
        """A line of the supervisor's own."""
        self._console.print(Text(words), soft_wrap=True)

    def start(self, name: str, *command: str) -> None:
        """Start `board-hub COMMAND…` as a process of this name."""
        self.start_program(name, sys.executable, "-m", "board_hub.cli", *command)

    def start_program(self, name: str, *command: str) -> None:
        process = subprocess.Popen(  # noqa: S603 (our own programs)
            _dying_with_parent(list(command)),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for this process, which ends the others in order
        )
        colour = COLOURS[len(self._processes) % len(COLOURS)]
        self._processes[name] = process
        reader = threading.Thread(target=self._show, args=(name, process, colour), daemon=True)
        reader.start()
        self._readers.append(reader)

    def watch(self, other_end: Callable[[], str | None] = lambda: None) -> str:
        """Wait until something ends that should not, and say what: a process, or what `other_end` tells."""
        while True:
            if reason := self._ended() or other_end():
                return reason
            time.sleep(LOOK_EVERY)

    def await_condition(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait for the condition, at most `seconds`; false also when a process ends meanwhile."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._ended():
            if condition():
                return True
            time.sleep(LOOK_EVERY)
        return False

    def stop(self) -> None:
        """End all processes in order, those started last first; by force what does not end in time."""
        for name in reversed(list(self._processes)):
            self._processes[name].terminate()
        deadline = time.monotonic() + PATIENCE
        for name, process in self._processes.items():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"{name} does not end; killing it")
                _kill(process)
        for reader in self._readers:
            reader.join(1)

    def _ended(self) -> str | None:
        for name, process in self._processes.items():
            if process.poll() is not None:
                return f"{name} ended by itself (exit code {process.returncode}); its last lines are above"
        return None

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self._ending:
            for process in self._processes.values():
                _strike(process)  # no waiting in a signal handler: the code it interrupted may hold that very lock
            return
        self._ending = True
        raise KeyboardInterrupt

    def _show(self, name: str, process: "subprocess.Popen[bytes]", colour: str) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            prefix = Text(f"{name:<10} ", style=colour)
            self._console.print(prefix + Text.from_ansi(line.decode(errors="replace").rstrip()), soft_wrap=True)


def _dying_with_parent(command: list[str]) -> list[str]:
    """Ask the kernel (Linux) to end the process in order when we are gone, however that came about."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else command


def _kill(process: "subprocess.Popen[bytes]") -> None:
    _strike(process)
    process.wait()


def _strike(process: "subprocess.Popen[bytes]") -> None:
    """Kill the process and its own children: it leads a session."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
