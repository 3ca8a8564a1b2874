# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting the stand-in from a test, and talking to it."""

from __future__ import annotations

import threading
import typing as t

from .account import Account
from .cloud import Cloud
from .delays import Delays
from .faults import Fault
from .ram_state import Key
from .server import Server

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


class AlibabaCloud:
    """A stand-in that runs in a thread of this process. `endpoint` is its URL, for all products."""

    def __init__(self, port: int = 0) -> None:
        self.cloud = Cloud()
        self._server = Server(self.cloud, port)
        self.stopped = False
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self) -> AlibabaCloud:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self.stopped:
            return
        self.stopped = True
        self._server.shutdown()
        self._server.server_close()

    def reset(self) -> None:
        """Empty again, with the right time and nothing that goes wrong; keys of before are unknown."""
        self.cloud.reset()

    def account(self, uid: str) -> Account:
        """An account; it exists when it is first used."""
        return self.cloud.account(uid)

    def environment_of(self, key: Key, region: str = "cn-hangzhou") -> dict[str, str]:
        """Environment variables for a subprocess that acts with this key; proxies are empty, because the SDK ignores NO_PROXY."""
        found = dict.fromkeys(PROXIES, "")
        found.update(ALIBABA_CLOUD_ACCESS_KEY_ID=key.id, ALIBABA_CLOUD_ACCESS_KEY_SECRET=key.secret, ALIBABA_CLOUD_REGION_ID=region)
        if key.token:
            found["ALIBABA_CLOUD_SECURITY_TOKEN"] = key.token
        return found

    @property
    def lock(self) -> threading.RLock:
        """Hold it while you change state and requests are running."""
        return self.cloud.lock

    @property
    def delays(self) -> Delays:
        return self.cloud.delays

    def advance(self, seconds: float) -> None:
        """Let time pass: states change, sessions expire. Signatures are checked against the real time."""
        self.cloud.advance(seconds)

    def fail_next(self, operation: str, **fault: t.Any) -> None:
        """The next calls of an operation (`*`: any) go wrong; the settings are those of `faults.Fault`."""
        self.cloud.faults.schedule(Fault(operation, **fault))

    def before(self, operation: str, function: t.Callable[[], t.Any], times: int = 1, skip: int = 0) -> None:
        """Something happens right before the next calls of an operation: another writer."""
        self.cloud.faults.schedule(Fault(operation, before=function, times=times, skip=skip))

    def set_faults(self, *profiles: t.Any, seed: int | None = None) -> None:
        """Turn on exactly these profiles: names, or dicts like {"profile": "slow", "seconds": 1}. None turns all off."""
        self.cloud.faults.set(*profiles, seed=seed)

    def clear_faults(self) -> None:
        """Forget what is scheduled, and turn all profiles off."""
        self.cloud.faults.clear_scheduled()
        self.cloud.faults.set()

    def journal(self, **wanted: t.Any) -> list[dict[str, t.Any]]:
        """The calls so far, in order; wanted fields filter, e.g. operation="CreateRole"."""
        return self.cloud.journal.entries(**wanted)

    def writes(self, **wanted: t.Any) -> list[str]:
        """The operations that changed something, in order."""
        return [entry["operation"] for entry in self.journal(write=True, executed=True, **wanted)]

    def clear_journal(self) -> None:
        self.cloud.journal.clear()


def start_alicloud(port: int = 0) -> AlibabaCloud:
    """Start a stand-in; it ends with `stop()`, or with the process."""
    return AlibabaCloud(port)
