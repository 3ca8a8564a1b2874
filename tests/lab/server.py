# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP side: HTTP/1.1 with kept connections, one thread for each; and the proxy through which registries have their real names."""

from __future__ import annotations

import contextlib
import io
import socket
import socketserver
import typing as t
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote

from . import front, oci_proxy
from .call import DropConnection
from .wire import Answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    #: The host that the connection leads to, when it is one that the proxy has made.
    tunnel: oci_proxy.Tunnel | None = None

    def _environ(self, body: bytes) -> dict[str, t.Any]:
        path, _mark, query = self.path.partition("?")
        environ: dict[str, t.Any] = {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": unquote(path),
            "REQUEST_URI": self.path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.url_scheme": "https" if self.tunnel else "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": None,
        }
        for key, value in self.headers.items():
            name = key.upper().replace("-", "_")
            environ[name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + name] = value
        return environ

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            parts = []
            while True:
                size = int(self.rfile.readline().split(b";")[0].strip() or b"0", 16)
                parts.append(self.rfile.read(size))
                self.rfile.readline()
                if size == 0:
                    return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _serve(self) -> None:
        try:
            body = self._body()
            environ = self._environ(body)
            status, headers, data = self.tunnel.handle(environ, body) if self.tunnel else front.handle(environ, body)
        except DropConnection:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._write((status, headers, data))

    def _write(self, answer: Answer) -> None:
        status, headers, data = answer
        self.send_response_only(status)
        for key, value in headers:
            self.send_header(key, value)
        if not any(key == "Content-Length" for key, _value in headers):
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def finish(self) -> None:
        super().finish()
        if self.tunnel:
            self.connection.close()

    def do_CONNECT(self) -> None:
        """Become the host that the client wants to reach; from here on its requests are for that one."""
        tunnel = oci_proxy.tunnel_to(self.path) if self.tunnel is None else None
        if tunnel is None:
            self.close_connection = True
            self._write(oci_proxy.refusal(self.path))
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.wfile.flush()
        self.connection = self.request = tunnel.context.wrap_socket(self.connection, server_side=True)
        self.tunnel = tunnel
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        self.wfile = self.connection.makefile("wb", self.wbufsize)
        self.close_connection = False

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _serve  # noqa: N815 - names of http.server

    def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002 - the base class names it so
        """Quiet; the journal knows what was asked."""


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """A client that goes away is no event."""
