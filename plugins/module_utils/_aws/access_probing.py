# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Tries what a check of access asks about: real calls as the principals, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .._access.matrix import is_open
from .._access.probing import Probe
from .._access.questions import Principal, Question, name_of
from .._errors import RegistryError
from .._fanout import fan_out
from .access_probe import Probed, consumer_session, probe

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from .._access.sides import Evidence
    from .accounts import AccountSessions
    from .session import AwsSession

_NOT_TRIED = "the repository is not there, and a call that tries the first pull could have the cache make it, so nobody tries"


class Prober:
    """Makes the calls of questions, at most ``workers`` at a time. Trouble is part of the answers, and raises nothing."""

    def __init__(self, sessions: AccountSessions, workers: int) -> None:
        self._sessions = sessions
        self._workers = workers
        self._clients: dict[tuple[Principal, str], BaseClient | str] = {}
        self._logins: dict[tuple[Principal, str], list[Probed]] = {}

    def probe(self, questions: Sequence[Question], evidence: Evidence) -> list[Probe]:
        """The answers to each question. ``evidence`` tells which repositories a cache would make: nobody asks for those."""
        tried = [one for one in questions if not _would_create(one, evidence)]
        answers = dict(zip(map(id, tried), self._probe_all(tried), strict=True))
        return [answers.get(id(one), Probe(obstacle=_NOT_TRIED)) for one in questions]

    def _probe_all(self, questions: Sequence[Question]) -> list[Probe]:
        needed: dict[str, set[tuple[Principal, str]]] = {}
        for question in questions:
            needed.setdefault(question.principal.account, set()).add((question.principal, question.registry.region))
        # The sessions and clients of one account are made by one thread.
        fan_out(lambda account: self._open(sorted(needed[account])), sorted(needed), self._workers)
        done = fan_out(self._probe, questions, self._workers)
        return [one.result or Probe(obstacle=str(one.error)) for one in done]

    def _open(self, wanted: Sequence[tuple[Principal, str]]) -> None:
        sessions: dict[Principal, AwsSession | str] = {}
        for principal, region in wanted:
            if principal not in sessions:
                sessions[principal] = self._session(principal)
            session = sessions[principal]
            if isinstance(session, str):
                self._clients[principal, region] = session
                continue
            client = session.client("ecr", region)
            self._clients[principal, region] = client
            self._logins[principal, region] = probe(client, principal.account, "", "login")

    def _session(self, principal: Principal) -> AwsSession | str:
        """A session of the principal, or why there is none."""
        if principal.kind == "service":
            return f"nobody but AWS can act as {name_of(principal)}"
        try:
            if principal.kind != "root":
                return consumer_session(self._sessions, principal.text)
            found, own = self._sessions.of(principal.account), self._sessions.caller_of(principal.account)
        except RegistryError as error:
            return str(error)
        if found is None:
            return f"there are no credentials of account {principal.account}; give them in 'accounts'"
        if not str(own).endswith(":root"):
            return f"the credentials of account {principal.account} are {own}, no administrator of it; ask about that principal instead"
        return found

    def _probe(self, question: Question) -> Probe:
        key = (question.principal, question.registry.region)
        client = self._clients[key]
        if isinstance(client, str):
            return Probe(obstacle=client)
        answers = probe(client, question.registry.account, question.repository, question.access)
        return Probe((*answers, *self._logins[key])) if answers else Probe(obstacle=f"no harmless call proves '{question.access}'")


def _would_create(question: Question, evidence: Evidence) -> bool:
    """Whether a call could be the first pull of something; patterns are the names of nothing."""
    registry = question.registry
    return is_open(question.repository) or evidence.new_repository(registry.account, registry.region, question.repository) is not None
