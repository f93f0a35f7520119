"""A real mail relay on a real socket that follows a script: where it refuses or hangs up."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Script:
    """Answers by command; ``hang up`` closes the connection instead of answering."""

    answers: Mapping[str, str] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0


HANG_UP = "hang up"
_USUAL = {"DATA": "354 go ahead", "BODY": "250 2.0.0 queued as 4711", "QUIT": "221 bye"}


class _Session(socketserver.StreamRequestHandler):
    script: Script

    def handle(self) -> None:
        self.script.connections += 1
        self._say("220 relay.invalid ready")
        for line in self.rfile:
            verb = line.split(maxsplit=1)[0].decode().upper()
            self.script.commands.append(line.decode().strip())
            answer = self.script.answers.get(verb, _USUAL.get(verb, "250 ok"))
            if not self._answer(answer):
                return
            if verb == "DATA" and answer.startswith("354") and not self._take_body():
                return
            if verb == "QUIT":
                return

    def _take_body(self) -> bool:
        answer = self.script.answers.get("BODY", _USUAL["BODY"])
        if answer == "hang up in the body":
            self.rfile.readline()
            return False
        body = b""
        for line in self.rfile:
            if line == b".\r\n":
                break
            body += line
        self.script.bodies.append(body)
        return self._answer(answer)

    def _answer(self, answer: str) -> bool:
        if answer == HANG_UP:
            return False
        self._say(answer)
        return True

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def relay(script: Script) -> Iterator[int]:
    """Serve the script; gives the port."""
    handler = type("Session", (_Session,), {"script": script})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:  # a server closed without it leaves its thread spinning
            server.shutdown()
