# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions of several accounts in one task."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.accounts import AccountSessions
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError

PRIMARY, SECONDARY, OTHER = "111122223333", "444455556666", "777788889999"
ROLE = {"role_arn": f"arn:aws:iam::{SECONDARY}:role/reader", "session_name": "s"}


class Session:
    """Credentials of which STS knows whose they are; counts how often it is asked."""

    def __init__(self, arn: str) -> None:
        self.arn = arn
        self.asked: list[tuple[str, str]] = []

    def client(self, service: str, region: str) -> Any:
        self.asked.append((service, region))
        return SimpleNamespace(get_caller_identity=lambda: {"Account": "not looked at", "Arn": self.arn, "UserId": "x"})


class Module:
    """A module with these entries of C(accounts); ``others`` are the sessions that its entries give, in the order they are asked for."""

    def __init__(self, *accounts: Mapping[str, Any], others: tuple[str, ...] = (), region: str | None = None) -> None:
        self.params = {"accounts": list(accounts)}
        self.region = region
        self.session = Session(f"arn:aws:sts::{PRIMARY}:assumed-role/admin/s")
        self.made: list[tuple[Any, Any]] = []
        self.others = [Session(arn) for arn in others]

    def session_with(self, credentials: Mapping[str, Any] | None = None, assume_role: Mapping[str, Any] | None = None) -> Session:
        self.made.append((credentials, assume_role))
        return self.others[len(self.made) - 1]

    def sessions(self) -> AccountSessions:
        module: Any = self
        return AccountSessions(module)


def keys(**given: str) -> dict[str, str | None]:
    return {"profile_name": None, "aws_access_key_id": None, "aws_secret_access_key": None, "aws_session_token": None, **given}


def test_the_task_knows_its_own_account_and_no_other() -> None:
    module = Module()
    sessions = module.sessions()
    assert module.session.asked == []
    assert sessions.own == PRIMARY
    assert sessions.of(PRIMARY) is module.session
    assert sessions.caller_of(PRIMARY) == f"arn:aws:sts::{PRIMARY}:assumed-role/admin/s"
    assert sessions.of(SECONDARY) is None and sessions.caller_of(SECONDARY) is None
    assert module.session.asked == [("sts", "us-east-1")]
    assert module.made == []


@pytest.mark.parametrize(
    ("entry", "made"),
    [
        ({"profile": "apps"}, (keys(profile_name="apps"), None)),
        ({"access_key": "AKIA", "secret_key": "s"}, (keys(aws_access_key_id="AKIA", aws_secret_access_key="s"), None)),
        (
            {"access_key": "ASIA", "secret_key": "s", "session_token": "t", "profile": None, "assume_role": None},
            (keys(aws_access_key_id="ASIA", aws_secret_access_key="s", aws_session_token="t"), None),
        ),
        ({"assume_role": ROLE}, (None, ROLE)),
        ({"profile": "apps", "assume_role": ROLE}, (keys(profile_name="apps"), ROLE)),
    ],
)
def test_each_way_to_give_credentials(entry: dict[str, Any], made: tuple[Any, Any]) -> None:
    arn = f"arn:aws-cn:iam::{SECONDARY}:user/reader"
    module = Module({"account_id": SECONDARY, **entry}, others=(arn,), region="cn-north-1")
    sessions = module.sessions()
    assert sessions.of(SECONDARY) is module.others[0] is sessions.of(SECONDARY)
    assert sessions.caller_of(SECONDARY) == arn
    assert module.made == [made]
    assert module.others[0].asked == [("sts", "cn-north-1")]
    assert module.session.asked == []


def test_the_account_of_the_task_may_be_read_with_other_credentials() -> None:
    module = Module({"account_id": PRIMARY, "profile": "reader"}, others=(f"arn:aws:iam::{PRIMARY}:user/reader",))
    sessions = module.sessions()
    assert sessions.of(PRIMARY) is module.others[0]
    assert sessions.own == PRIMARY


def test_credentials_of_another_account_are_refused() -> None:
    module = Module({"account_id": SECONDARY, "profile": "apps"}, others=(f"arn:aws:iam::{OTHER}:user/a",))
    with pytest.raises(RegistryError) as refused:
        module.sessions().of(SECONDARY)
    assert str(refused.value) == (
        f"accounts: {SECONDARY}: the credentials are those of account {OTHER} (arn:aws:iam::{OTHER}:user/a); "
        f"give the profile, the keys or the role that belong to account {SECONDARY}"
    )


@pytest.mark.parametrize("wrong", [444455556666, "4444", True, ["444455556666"]])
def test_what_is_no_account_id_is_refused(wrong: Any) -> None:
    with pytest.raises(RegistryError, match=r"^accounts: 'account_id' is .*; an account id has 12 digits and is written in quotes, YAML"):
        Module({"account_id": wrong, "profile": "apps"}).sessions()


def test_an_account_has_one_entry() -> None:
    with pytest.raises(RegistryError, match=f"^accounts: {SECONDARY} is there twice"):
        Module({"account_id": SECONDARY, "profile": "a"}, {"account_id": SECONDARY, "profile": "b"}).sessions()


def test_many_threads_get_the_same_session() -> None:
    module = Module({"account_id": SECONDARY, "profile": "a"}, others=(f"arn:aws:iam::{SECONDARY}:user/a",))
    sessions = module.sessions()
    with ThreadPoolExecutor(max_workers=8) as pool:
        assert set(pool.map(sessions.of, [SECONDARY] * 50)) == {module.others[0]}
    assert len(module.made) == 1
