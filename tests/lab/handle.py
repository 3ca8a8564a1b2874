# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting a lab from a test, and talking to it."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import typing as t
import urllib.error
import urllib.request

if t.TYPE_CHECKING:
    from .alicloud import AlibabaCloud
    from .central import Central
    from .cluster import Cluster

ROOT = pathlib.Path(__file__).resolve().parents[2]


class LabError(RuntimeError):
    """The lab did not start, or refused a control request."""


class Lab:
    """A running lab. `endpoint` is its URL, `environment` what an AWS SDK or Ansible needs to find it."""

    def __init__(self, process: subprocess.Popen[str], environment: dict[str, str]) -> None:
        self.process = process
        self.environment = environment
        self.endpoint = environment["AWS_ENDPOINT_URL"]
        self._models: t.Any = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._making_folder = threading.Lock()
        self._beside: list[t.Any] = []  # the stand-ins that were started with this lab

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def session(self, account: str, region: str = "eu-west-1") -> t.Any:
        """A boto3 session of the administrator of an account."""
        return self.session_of(account, "any", None, region)

    def session_of(self, access_key: str, secret: str, token: str | None = None, region: str = "eu-west-1") -> t.Any:
        """A boto3 session with given credentials, whose clients go to the lab."""
        import boto3
        import botocore.session

        endpoint = self.endpoint
        core = botocore.session.Session()
        # Reading the service models is most of the cost of a client; all sessions of a lab share what was read.
        core.register_component("data_loader", self._loader())

        class LabSession(boto3.Session):  # type: ignore[misc]
            def client(self, service_name: str, **options: t.Any) -> t.Any:  # type: ignore[override]
                options.setdefault("endpoint_url", endpoint)
                return super().client(service_name, **options)

        return LabSession(
            aws_access_key_id=access_key, aws_secret_access_key=secret, aws_session_token=token, region_name=region, botocore_session=core
        )

    def session_as_service(self, role: str, service: str, region: str = "eu-west-1") -> t.Any:
        """A boto3 session of a role as a service gets it, such as ecs-tasks.amazonaws.com; LabError when the role does not trust it."""
        keys = self.control("POST", "/lab/sessions", {"role": role, "service": service, "region": region})
        return self.session_of(keys["access_key"], keys["secret_key"], keys["token"], region)

    def _loader(self) -> t.Any:
        if self._models is None:
            import botocore.loaders

            self._models = botocore.loaders.create_loader()
        return self._models

    def environment_of(self, access_key: str, secret: str = "any", token: str | None = None, region: str = "eu-west-1") -> dict[str, str]:
        """The environment variables for a subprocess that acts with these credentials (an account id: its administrator)."""
        found = {**self.environment, "AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret}
        found.update(AWS_REGION=region, AWS_DEFAULT_REGION=region)
        if token:
            found["AWS_SESSION_TOKEN"] = token
        return found

    @property
    def registry_environment(self) -> dict[str, str]:
        """The environment variables with which a container client reaches the registries of the lab by their real names."""
        with self._making_folder:  # Central asks from several threads
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="lab-")
                pathlib.Path(self._folder.name, "ca.pem").write_text(self.control("GET", "/lab/registry")["certificate"])
        return {
            "HTTPS_PROXY": self.endpoint,
            "NO_PROXY": "127.0.0.1,localhost",
            "SSL_CERT_FILE": str(pathlib.Path(self._folder.name, "ca.pem")),
        }

    def expire_registry_tokens(self, account: str = "*") -> None:
        """Let the authorization tokens of an account's principals, or all of them, expire now."""
        self.control("POST", "/lab/registry/tokens/expire", {"account": account})

    def control(self, method: str, path: str, body: t.Any = None) -> t.Any:
        """A control request; returns what the lab answered, raises LabError with its words."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.endpoint + path, data=data, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise LabError(json.loads(error.read()).get("error", str(error))) from None

    def set_faults(self, *profiles: t.Any, seed: int | None = None) -> None:
        """Turn on exactly these profiles: names, or dicts like {"profile": "slow", "seconds": 1}. None turns all off."""
        self.control("PUT", "/lab/faults", {"profiles": list(profiles), "seed": seed})

    def fail_next(self, operation: str, **fault: t.Any) -> None:
        """The next calls of an operation go wrong: error=, message=, status=, delay=, drop="before"|"after", times=, skip=, resource=."""
        self.control("POST", "/lab/faults/next", {"operation": operation, **fault})

    def write_concurrently(self, operation: str, resource: str = "", when: str = "before", **writer: t.Any) -> None:
        """Somebody else writes right before or after the next such call.

        policy=DOCUMENT is the new repository policy of `resource` (None deletes it); write={service, operation, parameters} is any call.
        """
        self.control("POST", "/lab/writers", {"operation": operation, "resource": resource, "when": when, **writer})

    def set_organization(self, organization: str | None, accounts: t.Any, **settings: t.Any) -> None:
        """Make accounts ({account: path or details} or a list) members of an organization; None takes them out.

        With settings (management=, delegated=, units=) these accounts are all that it has; see README.md.
        """
        self.control("PUT", "/lab/organization", {"id": organization, "accounts": accounts, "settings": settings})

    def journal(self, **wanted: str) -> list[dict[str, t.Any]]:
        """The calls so far, in order; wanted fields filter, e.g. operation="SetRepositoryPolicy"."""
        from urllib.parse import urlencode

        return t.cast("list[dict[str, t.Any]]", self.control("GET", "/lab/journal?" + urlencode(wanted))["entries"])

    def clear_journal(self) -> None:
        self.control("DELETE", "/lab/journal")

    def call_all(self, calls: t.Sequence[tuple[str, str, str, str, dict[str, t.Any]]]) -> None:
        """Many calls as administrators at once: (account, region, service, operation, parameters). Raises LabError for what is refused."""
        names = ("account", "region", "service", "operation", "parameters")
        made = [dict(zip(names, call, strict=True)) for call in calls]
        for call, answer in zip(made, self.control("POST", "/lab/calls", {"calls": made})["answers"], strict=True):
            if answer["status"] >= 400:
                raise LabError(f"{call}: {answer['body']}")

    def decide(self, **question: t.Any) -> dict[str, t.Any]:
        """What enforcement would answer; see README.md for the fields."""
        return t.cast("dict[str, t.Any]", self.control("POST", "/lab/decide", question))

    def start_cluster(self, **settings: t.Any) -> Cluster:
        """A Kubernetes cluster with Red Hat ACS in it in a thread of this process; see tests/lab/cluster for the settings."""
        from .cluster import Cluster

        cluster = Cluster(lab=self, **settings)
        self._beside.append(cluster)
        return cluster

    def start_alicloud(self) -> AlibabaCloud:
        """A stand-in for Alibaba Cloud in a thread of this process; see tests/lab/alicloud."""
        from .alicloud import start_alicloud

        cloud = start_alicloud()
        self._beside.append(cloud)
        return cloud

    def start_central(self, **settings: t.Any) -> Central:
        """A Central of Red Hat ACS in a thread of this process, whose AWS is this lab; see tests/lab/central for the settings."""
        from .central import Central

        central = Central(lab=self, **settings)
        self._beside.append(central)
        return central

    def reset(self) -> None:
        """An empty lab again, with the faults that it was started with; what was started beside it is new again too."""
        self.control("POST", "/lab/reset")
        self._beside = [one for one in self._beside if not one.stopped]
        for one in self._beside:
            one.reset()

    def stop(self) -> None:
        for one in reversed(self._beside):
            one.stop()
        if self._folder is not None:
            self._folder.cleanup()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()


def start_lab(faults: str | None = None, port: int = 0, python: str | None = None) -> Lab:
    """Start a lab as a process of its own and wait until it is ready; raises LabError when it does not start."""
    command = [python or sys.executable, "-m", "tests.lab", "--while-stdin", "--port", str(port)]
    if faults:
        command += ["--faults", faults]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MOTO_"))}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    found: dict[str, str] = {}
    for line in process.stdout or ():
        if line.strip() == "ready":
            return Lab(process, found)
        if line.startswith("export "):
            key, _equals, value = line[len("export ") :].strip().partition("=")
            found[key] = value.strip("'\"")
    raise LabError(f"the lab ended before it was ready, with status {process.wait()}")
