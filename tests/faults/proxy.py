"""A TCP proxy between a process and the broker, which can hold bytes back for ever, or cut the line."""

import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, zero seconds: a close sends RST."""


class Proxy:
    """Listens on a port of its own (`url`) and passes on to the broker of `upstream`, an amqp:// address."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (str(parts.hostname), int(parts.port or 5672))
        self._listener = socket.create_server((LOOPBACK, 0))
        credentials = parts.netloc.rpartition("@")[0]
        self.url = f"{parts.scheme}://{credentials}@{LOOPBACK}:{self._listener.getsockname()[1]}"
        self._holes: set[socket.socket] = set()
        self._lines: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._listener.close()
        self.reset()

    @property
    def lines(self) -> int:
        """Connections made so far, living and dead."""
        return len(self._lines)

    def blackhole(self) -> None:
        """From now on the lines that are open swallow all bytes, both ways; new ones pass."""
        with self._lock:
            self._holes |= {end for line in self._lines for end in line}

    def reset(self) -> None:
        """Cut the lines that are open with a RST; new ones pass."""
        with self._lock:
            ends = [end for line in self._lines for end in line if end.fileno() >= 0]
            self._holes |= set(ends)
        for end in ends:
            with suppress(OSError):  # the other side was quicker
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RD)  # wakes the thread that reads from it
            end.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return  # closed
            try:
                far = socket.create_connection(self._upstream, timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._lines.append((near, far))
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while received := source.recv(65536):
                if source not in self._holes:
                    target.sendall(received)
            if source not in self._holes:
                target.shutdown(socket.SHUT_WR)
        except OSError:
            return  # the line is cut
