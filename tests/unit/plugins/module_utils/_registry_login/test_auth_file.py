# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The auth file: what is read, what is written, and what stays as it is."""

from __future__ import annotations

import base64
import json
import multiprocessing
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from ansible_collections.crossaccount.registry.plugins.module_utils._registry_login.auth_file import AuthFile, Login, alone, read, write

HOST = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
ONE = Login("AWS", "pass:word")


def file_with(content: Any) -> AuthFile:
    return AuthFile("file", json.dumps(content))


def auth(text: str) -> dict[str, str]:
    return {"auth": base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize("key", [HOST, f"https://{HOST}", f"http://{HOST}/", f"https://{HOST}/v1/", f"{HOST}/v2/"])
def test_a_login_is_found_however_the_registry_is_spelled(key: str) -> None:
    file = file_with({"auths": {key: auth("AWS:pass:word\0\0")}})
    assert file.login_for(HOST) == ONE and file.has(HOST)
    assert json.loads(file.text_with({}, (HOST,))) == {"auths": {}}


def test_the_usual_spelling_goes_first() -> None:
    both = {f"https://{HOST}": auth("AWS:old"), HOST: auth("AWS:new")}
    assert file_with({"auths": both}).login_for(HOST) == Login("AWS", "new")


@pytest.mark.parametrize(
    "entry", [{}, {"auth": ""}, {"auth": None}, {"auth": 1}, {"auth": "%"}, {"auth": "/w=="}, auth("nothing"), {"identitytoken": "x"}]
)
def test_what_cannot_be_read_is_no_login(entry: Any) -> None:
    file = file_with({"auths": {HOST: entry, f"{HOST}/team": auth("AWS:x"), "quay.io": auth("a:b")}})
    assert file.login_for(HOST) is None and file.has(HOST)
    assert not file.has("quay")


def test_a_new_login_replaces_the_old_one_only() -> None:
    entry = {"email": "a@b", "identitytoken": "x", "registrytoken": "x", "username": "x", "password": "x"}
    content = {"auths": {"quay.io": auth("a:b"), HOST: entry}, "proxies": {"default": {}}}
    written = json.loads(file_with(content).text_with({HOST: ONE}))
    assert written == {**content, "auths": {"quay.io": auth("a:b"), HOST: {"email": "a@b", **auth("AWS:pass:word")}}}
    assert file_with(written).login_for(HOST) == ONE


@pytest.mark.parametrize("nothing", ["", "  \n", "{}", '{"auths": null}', '{"credHelpers": null}'])
def test_files_with_nothing_in_them(nothing: str) -> None:
    file = AuthFile("file", nothing)
    assert file.login_for(HOST) is None and file.helper_of(HOST) is None
    assert json.loads(file.text_with({HOST: ONE}))["auths"] == {HOST: auth("AWS:pass:word")}


@pytest.mark.parametrize("indent", ["\t", "  ", "    ", None])
@pytest.mark.parametrize("ending", ["", "\n"])
def test_the_layout_stays(indent: str | None, ending: str) -> None:
    content = {"auths": {HOST: auth("AWS:pass:word")}, "z": 1, "a": [1.5, "ü"]}
    text = json.dumps(content, indent=indent, ensure_ascii=False) + ending
    assert AuthFile("file", text).text_with({HOST: ONE}) == text


def test_a_new_file_is_laid_out_as_clients_do() -> None:
    assert AuthFile("file", "").text_with({HOST: ONE}).splitlines()[1] == '\t"auths": {'


@given(some.dictionaries(some.text(), some.recursive(some.none() | some.booleans() | some.text(), some.lists)), some.text(), some.text())
def test_whatever_else_is_in_it_stays(others: dict[str, Any], username: str, password: str) -> None:
    content = {key: value for key, value in others.items() if key not in ("auths", "credHelpers")}
    login = Login(username.replace(":", ""), password.rstrip("\0"))
    written = json.loads(AuthFile("file", json.dumps(content)).text_with({HOST: login}))
    assert {key: value for key, value in written.items() if key != "auths"} == content
    assert file_with(written).login_for(HOST) == login


def test_helpers() -> None:
    file = file_with({"credsStore": "desktop", "credHelpers": {HOST: "ecr-login", "quay.io": ""}})
    assert [file.helper_of(host) for host in (HOST, "quay.io", "gcr.io")] == ["ecr-login", "desktop", "desktop"]
    assert file_with({"credsStore": ""}).helper_of(HOST) is None


@pytest.mark.parametrize("text", ["{", "nonsense-canary", "[]", "1", '{"auths": []}', '{"auths": {"x": "canary"}}', '{"credHelpers": 1}'])
def test_what_is_no_auth_file_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(RegistryError, match=r"^path/file is no.*mend or remove it, nothing was written$") as caught:
        AuthFile("path/file", text)
    assert "canary" not in str(caught.value)


def test_a_password_is_not_in_what_python_shows() -> None:
    assert "pass" not in repr(ONE)


# Files


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_and_its_folders_are_private(tmp_path: Path) -> None:
    file = tmp_path / "new" / "auth.json"
    assert read(file).login_for(HOST) is None
    with alone(file):
        write(file, "{}")
    assert (file.read_text(), mode(file), mode(file.parent)) == ("{}", 0o600, 0o700)
    assert sorted(path.name for path in file.parent.iterdir()) == [".auth.json.lock", "auth.json"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "there" / "auth.json", tmp_path / "auth.json"
    link.symlink_to(target)
    for text in ("{}", '{"auths": {}}'):
        with alone(link):
            write(link, text)
        assert link.is_symlink() and target.read_text() == text


def test_nothing_is_left_of_a_write_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "auth.json"
    file.write_text("{}")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RegistryError, match=f"cannot write {file}: No space left on device"):
        write(file, '{"auths": {}}')
    assert [path.name for path in tmp_path.iterdir()] == ["auth.json"] and file.read_text() == "{}"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make files of somebody else")
def test_the_owner_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "auth.json"
    file.write_text("{}")
    os.chown(file, 12345, 12346)
    write(file, '{"auths": {}}')
    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 12346)

    def refuse(_handle: int, _uid: int, _gid: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refuse)
    with pytest.raises(RegistryError, match="Operation not permitted; run the task as the user whose file it is"):
        write(file, "{}")
    assert file.read_text() == '{"auths": {}}'


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(RegistryError, match=r"cannot read .*folder: Is a directory"):
        read(tmp_path / "folder")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(RegistryError, match="is no auth file: it is not text"):
        read(tmp_path / "binary")
    with pytest.raises(RegistryError, match=r"cannot write .*: File exists"), alone(tmp_path / "binary" / "auth.json"):
        pass


def add(path: Path, number: int) -> None:
    """What a task does that logs in to a registry of its own."""
    for step in range(10):
        with alone(path):
            write(path, read(path).text_with({f"r{number}-{step}": ONE}))


def test_nobody_loses_the_login_of_another(tmp_path: Path) -> None:
    file = tmp_path / "auth.json"
    processes = [multiprocessing.get_context("fork").Process(target=add, args=(file, number)) for number in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert len(json.loads(file.read_text())["auths"]) == 80
