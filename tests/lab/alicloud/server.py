# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP/1.1 with kept connections, one thread for each."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import typing as t
from http.server import BaseHTTPRequestHandler

from .cloud import Cloud
from .errors import DropConnection
from .front import handle
from .signature import Request


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, cloud: Cloud, port: int = 0) -> None:
        self.cloud = cloud
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """A client that goes away is no event."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _mark, query = self.path.partition("?")
        headers = {key.lower(): value for key, value in self.headers.items()}
        try:
            status, extra, data = handle(self.server.cloud, Request(self.command, path, query, headers, body))
        except DropConnection:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response_only(status)
        for key, value in {**extra, "Content-Length": str(len(data))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = _serve  # noqa: N815 - names of http.server

    def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002 - the base class names it so
        """Quiet; the journal knows what was asked."""
