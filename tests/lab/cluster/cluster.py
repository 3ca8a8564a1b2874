# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One cluster, as tests have it: where it is, who may ask, what runs in it, what it was asked, and what is to go wrong."""

from __future__ import annotations

import contextlib
import json
import pathlib
import secrets
import time
import typing as t

import yaml

from ..call import DropConnection
from ..loopback import Answer, Asked, Loopback
from ..loopback_faults import Fault, Faults
from ..processes import AgentRefused, Process
from . import contents, webhooks
from .access import User, Users, rule
from .api import ApiServer
from .controllers import Controllers, ready
from .errors import Refused
from .kinds import DEPLOYMENT, SERVICE_ACCOUNT
from .store import Store, Thing
from .tokens import service_account_token

if t.TYPE_CHECKING:
    from tests.lab import Lab

DAY = 86400.0


class Request(t.NamedTuple):
    """A request that the API server got. `status` is None where the connection was closed instead."""

    method: str
    path: str
    user: str
    status: int | None
    query: dict[str, list[str]]


class Cluster:
    """Runs from when it is made until stop(). `kind` is eks or openshift; a pod takes `start_seconds` until it is ready.

    A cluster on EKS is one of the lab's EKS too, in its account and region, which gives it its issuer; without a lab, or with an issuer,
    it is not.
    """

    def __init__(
        self,
        lab: Lab | None = None,
        name: str = "acs",
        account: str = "111122223333",
        region: str = "eu-west-1",
        kind: str = "eks",
        pod_identity_agent: bool = True,
        start_seconds: float = 0.2,
        issuer: str = "",
    ) -> None:
        if kind not in ("eks", "openshift"):
            raise ValueError(f"a cluster is eks or openshift, not {kind}")
        self.name, self.account, self.region, self.kind = name, account, region, kind
        self._lab, self._agent, self._start_seconds, self._given_issuer = lab, pod_identity_agent, start_seconds, issuer
        self.stopped = False
        self._server = Loopback("kubernetes", self._answer)
        self.endpoint, self.address, self.ca_path = self._server.endpoint, self._server.address, self._server.ca_path
        self.reset()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def reset(self) -> None:
        """A new cluster, whose administrator and Central have just been made, with other tokens, and nothing that goes wrong."""
        self.requests: list[Request] = []
        self._faults = Faults()
        self.issuer = self._given_issuer or self._new_issuer()
        self._users, self._store = Users(), Store()
        openshift = self.kind == "openshift"
        contents.fill(self._store, openshift, self.issuer)
        self._controllers = Controllers(self._store, self._admit, 0.0)
        self._api = ApiServer(self._users, self._store, self._controllers, openshift, self.issuer, self._issue)
        self.kubeconfig = self._write_kubeconfig(User("kubernetes-admin", everything=True))
        self._look()  # what is there from the start is ready from the start
        self._look()
        self._controllers.start_seconds = self._start_seconds

    def stop(self) -> None:
        """Stop it; once is enough."""
        self.stopped = True
        self._server.stop()

    def _new_issuer(self) -> str:
        if self.kind == "openshift":
            return f"https://rh-oidc.s3.us-east-1.amazonaws.com/{secrets.token_hex(16)}"
        if self._lab is None:
            return f"https://oidc.eks.{self.region}.amazonaws.com/id/{secrets.token_hex(16).upper()}"
        given = {"roleArn": f"arn:aws:iam::{self.account}:role/{self.name}-cluster", "resourcesVpcConfig": {}}
        status, found = self._aws("eks", "CreateCluster", name=self.name, **given)
        if status >= 400 and "already exists" not in str(found):
            raise RuntimeError(f"the lab's EKS did not make the cluster: {found}")
        _status, found = self._aws("eks", "DescribeCluster", name=self.name)
        return str(found["cluster"]["identity"]["oidc"]["issuer"])

    def _aws(self, service: str, operation: str, **parameters: t.Any) -> tuple[int, dict[str, t.Any]]:
        """A call as the administrator of the cluster's account, without faults."""
        call = {"account": self.account, "region": self.region, "service": service, "operation": operation, "parameters": parameters}
        answer = t.cast("Lab", self._lab).control("POST", "/lab/call", call)
        return int(answer["status"]), json.loads(answer["body"])

    def kubeconfig_for(self, *rights: str, namespace: str = contents.STACKROX, name: str = "restricted") -> str:
        """The path of a kubeconfig of somebody with just these rights, such as "pods:get,list"; an empty namespace is everywhere."""
        return self._write_kubeconfig(User(name, tuple(rule(right, namespace) for right in rights)))

    def _write_kubeconfig(self, user: User) -> str:
        cluster = {"server": self.endpoint, "certificate-authority": self.ca_path}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": self.name,
            "clusters": [{"name": self.name, "cluster": cluster}],
            "users": [{"name": user.name, "user": {"token": self._users.add(user)}}],
            "contexts": [{"name": self.name, "context": {"cluster": self.name, "user": user.name}}],
        }
        path = pathlib.Path(self._server.folder, f"kubeconfig-{secrets.token_hex(4)}")
        path.write_text(yaml.safe_dump(config))
        return str(path)

    def token(self, account: str, audience: str = "sts.amazonaws.com", seconds: float = 3600, namespace: str = contents.STACKROX) -> str:
        """A token of a service account."""
        return self._issue(self.service_account(account, namespace), audience, seconds)

    def _issue(self, account: Thing, audience: str, seconds: float, pod: Thing | None = None) -> str:
        token = service_account_token(self.issuer, account, audience, seconds, pod)
        name = f"system:serviceaccount:{account['metadata']['namespace']}:{account['metadata']['name']}"
        self._users.add(User(name, expires=time.time() + seconds), token)
        return token

    @contextlib.contextmanager
    def _now(self) -> t.Iterator[Store]:
        with self._api.lock:
            self._controllers.run()
            yield self._store

    def _look(self) -> None:
        with self._now():
            pass

    def service_account(self, name: str, namespace: str = contents.STACKROX) -> Thing:
        """A service account as the API shows it."""
        with self._now() as store:
            return store.need(SERVICE_ACCOUNT, namespace, name)

    def deployment(self, name: str, namespace: str = contents.STACKROX) -> Thing:
        """A deployment as the API shows it."""
        with self._now() as store:
            return store.need(DEPLOYMENT, namespace, name)

    def pods(self, name: str, namespace: str = contents.STACKROX) -> list[Thing]:
        """The pods of a deployment in the order in which they were made, those on their way out included."""
        with self._now() as store:
            return self._controllers.pods_of(store.need(DEPLOYMENT, namespace, name))

    def pod(self, name: str, namespace: str = contents.STACKROX) -> Thing | None:
        """The newest pod of a deployment."""
        found = self.pods(name, namespace)
        return found[-1] if found else None

    def environment(self, name: str, namespace: str = contents.STACKROX) -> dict[str, str]:
        """The environment variables of the newest pod of a deployment."""
        pod = self.pod(name, namespace)
        variables = pod["spec"]["containers"][0].get("env", []) if pod else []
        return {variable["name"]: variable.get("value", "") for variable in variables}

    def wait_ready(self, name: str, namespace: str = contents.STACKROX, seconds: float = 5.0) -> Thing:
        """The pod of a deployment once it is ready."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pod = self.pod(name, namespace)
            if pod is not None and ready(pod):
                return pod
            time.sleep(0.02)
        raise TimeoutError(f"no pod of {name} is ready")

    def annotate(self, account: str, annotations: t.Mapping[str, str], namespace: str = contents.STACKROX) -> None:
        """Add annotations to a service account, as somebody else would."""
        with self._now() as store:
            thing = store.need(SERVICE_ACCOUNT, namespace, account)
            thing["metadata"]["annotations"] = {**(thing["metadata"].get("annotations") or {}), **annotations}
            store.put(SERVICE_ACCOUNT, thing)

    def set_variables(self, name: str, variables: t.Mapping[str, str], namespace: str = contents.STACKROX) -> None:
        """Set environment variables on a deployment, as somebody else would."""
        added = [{"name": key, "value": value} for key, value in variables.items()]
        with self._now() as store:
            thing = store.need(DEPLOYMENT, namespace, name)
            container = thing["spec"]["template"]["spec"]["containers"][0]
            container["env"] = [*(one for one in container.get("env", []) if one["name"] not in variables), *added]
            store.put(DEPLOYMENT, thing)
            self._controllers.run()

    def scale(self, name: str, replicas: int, namespace: str = contents.STACKROX) -> None:
        """Change how many pods a deployment has, as somebody else would."""
        with self._now() as store:
            thing = store.need(DEPLOYMENT, namespace, name)
            thing["spec"]["replicas"] = replicas
            store.put(DEPLOYMENT, thing)
            self._controllers.run()

    def delete_pod(self, name: str, namespace: str = contents.STACKROX) -> None:
        """Delete the newest pod of a deployment, as somebody else would."""
        with self._now() as store:
            found = self._controllers.pods_of(store.need(DEPLOYMENT, namespace, name))
            self._controllers.delete(found[-1])
            self._controllers.run()

    def process(self, name: str) -> Process:
        """What runs in the pod of a deployment in the namespace stackrox."""
        return _PodProcess(self, name)

    def writes(self) -> list[Request]:
        """The requests that would change something, whether they were refused or not; those of a dry run would not."""
        return [one for one in self.requests if one.method not in ("GET", "HEAD") and "dryRun" not in one.query]

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self.requests.clear()

    def fail_next(self, method: str = "*", path: str = "*", **fault: t.Any) -> None:
        """The next requests go wrong: status= (and message=), drop="before" or "after", delay=, times=, skip=."""
        self._faults.schedule(Fault(method, path, **fault))

    def _admit(self, spec: dict[str, t.Any], account: Thing) -> None:
        if self.kind != "eks":
            return
        meta = account["metadata"]
        webhooks.inject(spec, account, self.region, self._associated(meta["namespace"], meta["name"]))

    def _associated(self, namespace: str, account: str) -> bool:
        if self._lab is None or self._given_issuer or not self._agent:
            return False
        _status, found = self._aws("eks", "ListPodIdentityAssociations", clusterName=self.name)
        wanted = {"namespace": namespace, "serviceAccount": account}
        return any(wanted.items() <= one.items() for one in found.get("associations", []))

    def agent_credentials(self, token: str) -> dict[str, str]:
        """What the agent of EKS Pod Identity gives for a token of a service account; raises AgentRefused."""
        if self._lab is None or not self._agent:
            raise AgentRefused(f'Get "{webhooks.AGENT_URL}": dial tcp 169.254.170.23:80: connect: connection refused')
        status, found = self._aws("eks-auth", "AssumeRoleForPodIdentity", clusterName=self.name, token=token)
        if status >= 400:
            code = found.get("__type") or found.get("code") or "Error"
            raise AgentRefused(f"[{code}]: {found.get('message')}")
        return t.cast("dict[str, str]", found["credentials"])

    def token_file(self, pod: Thing, path: str) -> str:
        """The content of a file with a token in a pod; raises FileNotFoundError."""
        spec = pod["spec"]
        volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
        for mount in spec["containers"][0].get("volumeMounts", []):
            for source in (volumes.get(mount["name"], {}).get("projected") or {}).get("sources", []):
                given = source.get("serviceAccountToken")
                if given and f"{mount['mountPath'].rstrip('/')}/{given['path']}" == path:
                    account = self.service_account(spec["serviceAccountName"], pod["metadata"]["namespace"])
                    return self._issue(account, given.get("audience") or self.issuer, given.get("expirationSeconds", 3600), pod)
        raise FileNotFoundError(path)

    def _answer(self, asked: Asked) -> Answer:
        name, status = "", None
        try:
            fault = self._faults.meet(asked.method, asked.path)
            if fault is not None and fault.status:
                refused = Refused(fault.status, fault.message or "the lab lets this request fail", "InternalError")
                answer = Answer(fault.status, json.dumps(refused.body).encode(), (("Content-Type", "application/json"),))
            else:
                name, answer = self._api.answer(asked, self.address)
            if fault is not None and fault.drop == "after":
                raise DropConnection
            status = answer.status
        finally:
            self.requests.append(Request(asked.method, asked.path, name, status, asked.query))
        return answer


class _PodProcess:
    """The process in the newest pod of a deployment."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self._cluster, self._name = cluster, name

    def running(self) -> str:
        pod = self._cluster.pod(self._name)
        return str(pod["metadata"]["uid"]) if pod is not None and ready(pod) else ""

    def environment(self) -> dict[str, str]:
        return self._cluster.environment(self._name)

    def read(self, path: str) -> str:
        pod = self._cluster.pod(self._name)
        if pod is None:
            raise FileNotFoundError(path)
        return self._cluster.token_file(pod, path)

    def agent_credentials(self, url: str, token: str) -> dict[str, str]:  # noqa: ARG002 - as the protocol names them
        return self._cluster.agent_credentials(token)
