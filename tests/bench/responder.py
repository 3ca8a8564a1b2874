# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A very cheap HTTP responder on loopback: `python -m tests.bench.responder`, in a process of its own.

Each call is answered after the same latency, by a timer, so that any number of calls can wait at once and waiting costs nothing.
Plain asyncio, kept connections, one call at a time on each, as botocore uses them. The paths under /control/ belong to the bench:
`POST /control/reset` with {"repositories": N, "latency_ms": MS, "with_policies": false}, and `GET /control/state`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from urllib.parse import parse_qs

from .registry import ACCOUNT, Refusal, Registry

_HEAD = b"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nx-amzn-RequestId: 00000000-0000-0000-0000-000000000000\r\nContent-Length: %d\r\n\r\n"
_JSON, _XML = b"application/x-amz-json-1.1", b"text/xml"
_IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>\
<Arn>arn:aws:iam::{ACCOUNT}:root</Arn><UserId>{ACCOUNT}</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult>\
<ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata></GetCallerIdentityResponse>""".encode()


class Responder:
    """What all connections share: the registry, the latency in seconds, and what answering has cost."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.latency = 0.0
        self.since = time.process_time()

    def reset(self, repositories: int, latency_ms: float, with_policies: bool = False) -> None:
        """Start anew: so many repositories, no calls counted; see Registry.reset()."""
        self.registry.reset(repositories, with_policies)
        self.latency = latency_ms / 1000
        self.since = time.process_time()

    def state(self) -> dict[str, object]:
        """Calls by operation, policies in place, and the CPU seconds of this process, both since the last reset."""
        cpu = time.process_time() - self.since
        return {"calls": dict(self.registry.calls), "policies": len(self.registry.policies), "cpu_seconds": cpu}

    def answer(self, head: bytes, lowered: bytes, body: bytes) -> tuple[float, bytes]:
        """(seconds to wait, answer) for one request; ``lowered`` is the head in lower case."""
        target = _header(head, lowered, b"\r\nx-amz-target:")
        if target:
            try:
                return self.latency, _http(200, _JSON, self.registry.answer(target.rpartition(".")[2], json.loads(body or b"{}")))
            except Refusal as refusal:
                return self.latency, _http(400, _JSON, json.dumps({"__type": refusal.code, "message": refusal.message}).encode())
        path = head.split(b" ", 2)[1]
        if path.startswith(b"/control/"):
            if path == b"/control/reset":
                self.reset(**json.loads(body))
            return 0.0, _http(200, _JSON, json.dumps(self.state()).encode())
        operation = parse_qs(body.decode()).get("Action", ["nothing"])[0]
        self.registry.calls[operation] += 1
        return self.latency, _http(200, _XML, _IDENTITY) if operation == "GetCallerIdentity" else _http(400, _XML, b"<ErrorResponse/>")


class Connection(asyncio.Protocol):
    """One connection: cuts requests out of the stream and sends each answer when its time has come."""

    transport: asyncio.Transport

    def __init__(self, responder: Responder, loop: asyncio.AbstractEventLoop) -> None:
        self._responder = responder
        self._loop = loop
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        end = received.find(b"\r\n\r\n")
        if end >= 0:
            head, start = received[:end], end + 4
            lowered = head.lower()
            length = int(_header(head, lowered, b"\r\ncontent-length:") or 0)
            if len(received) >= start + length:
                wait, answer = self._responder.answer(head, lowered, received[start : start + length])
                received = received[start + length :]
                if wait:
                    self._loop.call_later(wait, self.transport.write, answer)
                else:
                    self.transport.write(answer)
        self._received = received


def _header(head: bytes, lowered: bytes, name: bytes) -> str:
    at = lowered.find(name)
    if at < 0:
        return ""
    end = head.find(b"\r\n", at + len(name))
    return head[at + len(name) : end if end >= 0 else len(head)].strip().decode()


def _http(status: int, kind: bytes, body: bytes) -> bytes:
    return _HEAD % (status, b"OK" if status == 200 else b"Bad Request", kind, len(body)) + body


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


async def serve() -> None:
    """Answer until standard input ends, as it does when whoever started this is gone; the first line of output is the port."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    loop = asyncio.get_running_loop()
    responder = Responder()
    server = await loop.create_server(lambda: Connection(responder, loop), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
