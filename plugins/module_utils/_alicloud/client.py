# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Calls of Alibaba Cloud's APIs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .._flow import pauses
from . import library
from .credentials import Keys
from .errors import THROTTLED, AlicloudError, plain_message, refusal, silence, without
from .wire import PRODUCTS, belongs_into_body, flattened, place_for

#: Actions that change nothing, so that they can be repeated when nobody knows what became of them.
_READS = re.compile(r"(?:Get|List|Describe|AssumeRole)")
#: The longest pause in seconds that a service's own wish is followed for.
_LONGEST_WISH = 30.0
_USER_AGENT = "Ansible/crossaccount.registry"


@dataclass(frozen=True)
class Connection:
    """How calls are made. Timeouts are in seconds; ``max_attempts`` is how often one call is made at most."""

    region: str | None = None
    endpoint_url: str | None = None
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    max_attempts: int = 5


class AlicloudClient:
    """Makes calls with the keys that ``keys`` gives, which is asked before each of them; None for calls that need no keys.

    ``sleep`` can be replaced in tests.
    """

    def __init__(self, connection: Connection, keys: Callable[[], Keys] | None, sleep: Callable[[float], None] = time.sleep) -> None:
        self.connection = connection
        self._keys = keys
        self._sleep = sleep
        library.silence_loggers()

    def call(
        self,
        product: str,
        action: str,
        parameters: Mapping[str, Any] | None = None,
        region: str | None = None,
        repeats: bool | None = None,
    ) -> dict[str, Any]:
        """What an action answers.

        ``product`` is one of PRODUCTS. ``parameters`` have the names of the API; lists and mappings become C(Name.1.Key), None is left
        out. ``region`` is whose endpoint is asked, by default the connection's. ``repeats`` says whether the call may be made again
        when nobody knows whether it took effect, by default where the action only reads; a write with a client token may. A throttled
        call was not executed, so it is always made again.

        Raises AlicloudError, also for an answer that says C(IsSuccess: false) with HTTP 200, as Container Registry does; RegistryError
        when the endpoint is not known.
        """
        flat = flattened(parameters or {})
        again = bool(_READS.match(action)) if repeats is None else repeats
        waits = pauses()
        for attempt in range(1, self.connection.max_attempts + 1):
            try:
                return self._once(product, action, flat, region or self.connection.region)
            except AlicloudError as error:
                may = error.passing == THROTTLED or (again and error.passing is not None)
                if not may or attempt == self.connection.max_attempts:
                    raise
                self._sleep(max(next(waits), min(error.retry_after, _LONGEST_WISH)))
        raise ValueError("max_attempts is at least 1")

    def pages(
        self,
        product: str,
        action: str,
        parameters: Mapping[str, Any] | None = None,
        marker: tuple[str, str] = ("Marker", "Marker"),
        region: str | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Each page that an action answers. ``marker`` names the parameter that asks for a page, and the field that tells the next."""
        asked: dict[str, Any] = dict(parameters or {})
        while True:
            page = self.call(product, action, asked, region)
            yield page
            following = page.get(marker[1])
            if not following or page.get("IsTruncated") is False:
                return
            asked[marker[0]] = following

    def _once(self, product: str, action: str, flat: Mapping[str, str], region: str | None) -> dict[str, Any]:
        place = place_for(product, region, self.connection.endpoint_url)
        keys = self._keys() if self._keys else None
        config = library.Config(
            endpoint=place.host,
            protocol=place.protocol,
            region_id=region,
            connect_timeout=int(self.connection.connect_timeout * 1000),
            read_timeout=int(self.connection.read_timeout * 1000),
            user_agent=_USER_AGENT,
            **({"access_key_id": keys.id, "access_key_secret": keys.secret, "security_token": keys.token} if keys else {}),
        )
        params = library.Params(
            action=action,
            version=PRODUCTS[product].version,
            protocol=place.protocol.upper(),
            pathname="/",
            method="POST",
            auth_type="AK" if keys else "Anonymous",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        request = library.OpenApiRequest(**{"body" if belongs_into_body(flat) else "query": dict(flat)})
        try:
            with library.proxies_for(place.url):
                answer = library.Client(config).call_api(params, request, library.RuntimeOptions())
        except library.UnretryableException as error:
            cause = error.inner_exception
            # Its versions have classes of their own for this.
            answered = type(cause).__name__ != "RetryError"
            raise without(silence(product, action, place.url, cause, answered), _secrets(keys)) from None
        except RuntimeError as error:
            # The line 0.3 of the library lets it through, for an answer that is no JSON.
            raise without(silence(product, action, place.url, error, answered=True), _secrets(keys)) from None
        except library.TeaException as error:
            raise without(_refusal(product, action, error), _secrets(keys)) from None
        body: Any = answer["body"]
        if not isinstance(body, dict):
            raise silence(product, action, place.url, ValueError("the answer is no JSON object"), answered=True)
        if str(body.get("IsSuccess", True)).lower() == "false":
            raise without(refusal(product, action, body, None), _secrets(keys))
        return body


def _refusal(product: str, action: str, error: Any) -> AlicloudError:
    """What the library raises for an answer of the service, in any of its versions."""
    details = error.data if isinstance(error.data, Mapping) else {}
    texts = {"Code": str(error.code), "Message": plain_message(str(error.message))}
    said = {**{name: text for name, text in texts.items() if text != "None"}, **details}
    status = getattr(error, "status_code", None) or getattr(error, "statusCode", None)
    # In milliseconds.
    return refusal(product, action, said, status, (getattr(error, "retry_after", None) or 0) / 1000)


def _secrets(keys: Keys | None) -> tuple[str | None, ...]:
    return (keys.secret, keys.token) if keys else ()
