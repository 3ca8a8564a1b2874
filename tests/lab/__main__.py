# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`python -m tests.lab`: the lab in the foreground."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from .fault_profiles import PROFILES, UnknownProfile, parse_names


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number (0 to 65535)")
    return int(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab",
        description="A stand-in for AWS on loopback: accounts exist when they are used, and the access key id of an account's "
        "administrator is its 12-digit id, with any secret. Prints export lines, then the line 'ready', and runs until it is stopped.",
    )
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--faults", default="", metavar="PROFILE[,PROFILE]", help=f"what goes wrong: {', '.join(PROFILES)}")
    parser.add_argument("--while-stdin", action="store_true", help="stop when standard input is closed: when who started it is gone")
    return parser.parse_args()


def _wait_for_end_of_input(stopping: threading.Event) -> None:
    sys.stdin.read()
    stopping.set()


def main() -> int:
    arguments = _arguments()
    try:
        wanted = parse_names(arguments.faults)
    except UnknownProfile as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2
    # The lab must not find credentials, endpoints or proxies of its user.
    for key in [key for key in os.environ if key.startswith(("AWS_", "MOTO_"))]:
        del os.environ[key]
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())

    from . import behaviours, control  # noqa: F401 - moto is loaded here, after the arguments are known to be right
    from .faults import FAULTS
    from .server import Handler, Server

    control.AT_START[:] = wanted
    FAULTS.set(wanted)
    try:
        server = Server(("127.0.0.1", arguments.port), Handler)
    except OSError as error:
        print(f"lab: cannot listen on 127.0.0.1:{arguments.port}: {error.strerror}", file=sys.stderr)
        return 1
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    print(f"export AWS_ENDPOINT_URL=http://127.0.0.1:{server.server_address[1]}")
    print("export AWS_REGION=eu-west-1")
    print("export AWS_DEFAULT_REGION=eu-west-1")
    print("export AWS_EC2_METADATA_DISABLED=true")
    print("ready", flush=True)
    if arguments.while_stdin:
        threading.Thread(target=_wait_for_end_of_input, args=(stopping,), daemon=True).start()
    stopping.wait()
    server.shutdown()
    server.server_close()
    sys.stdout.flush()
    # Freeing every object of moto one by one would take longer than most tests.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
