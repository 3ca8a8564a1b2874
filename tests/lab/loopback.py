# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An HTTP(S) server on loopback in a thread of the process, for stand-ins that are not AWS."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import ssl
import sys
import tempfile
import threading
import traceback
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from .authority import Authority
from .call import DropConnection

ADDRESS = "127.0.0.1"
SHAKE_HANDS = 30  # seconds that a client may take for it


class Asked(t.NamedTuple):
    """A request: the path without its query, the values of the query in their order."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: t.Any
    body: bytes


class Answer(t.NamedTuple):
    """An answer; a body that is an iterator is sent piece by piece, as it comes."""

    status: int
    body: bytes | t.Iterator[bytes]
    headers: tuple[tuple[str, str], ...] = ()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        if self.server.context is not None:
            # Here and not when it was accepted, so that nobody waits for a client that is slow.
            self.request.settimeout(SHAKE_HANDS)
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self.request.settimeout(None)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()  # with TLS it is another one than the server has

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _serve(self) -> None:
        where = urlsplit(self.path)
        query = parse_qs(where.query, keep_blank_values=True)
        asked = Asked(self.command, unquote(where.path), query, self.headers, self._body())
        try:
            answer = self.server.answer(asked)
        except DropConnection:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        except Exception as failure:  # noqa: BLE001 - a bug of the stand-in must show as such
            traceback.print_exc(file=sys.stderr)
            text = f"The lab itself failed: {type(failure).__name__}: {failure}\n"
            answer = Answer(500, text.encode(), (("Content-Type", "text/plain; charset=utf-8"),))
        self.send_response_only(answer.status)
        for key, value in answer.headers:
            self.send_header(key, value)
        if isinstance(answer.body, bytes):
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        for piece in answer.body:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _serve  # noqa: N815 - names of http.server

    def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002 - the base class names it so
        """Quiet; the stand-ins know what was asked."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, answer: t.Callable[[Asked], Answer], accepts: t.Callable[[], bool], context: ssl.SSLContext | None) -> None:
        self.answer, self.accepts, self.context = answer, accepts, context
        super().__init__((ADDRESS, 0), Handler)

    def verify_request(self, request: t.Any, client_address: t.Any) -> bool:  # noqa: ARG002 - the base class names them so
        return self.accepts()

    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """A client that goes away, or does not trust us, is no event."""


class Loopback:
    """The server, from the moment it is made until `stop`. `folder` is for files that clients are given, such as its authority's."""

    def __init__(
        self, name: str, answer: t.Callable[[Asked], Answer], accepts: t.Callable[[], bool] = lambda: True, tls: bool = True
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="lab-")
        self.folder = pathlib.Path(self._folder.name)
        self.ca_path = ""
        self.ca_pem = ""
        context = None
        if tls:
            authority = Authority(name)
            context = authority.context_for("localhost", ADDRESS)
            self.ca_pem = authority.pem
            self.ca_path = str(self.folder / "ca.pem")
            pathlib.Path(self.ca_path).write_text(authority.pem)
        self._server = _Server(answer, accepts, context)
        self.address = f"{ADDRESS}:{self._server.server_address[1]}"
        self.endpoint = f"{'https' if tls else 'http'}://{self.address}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, and remove the files."""
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()
