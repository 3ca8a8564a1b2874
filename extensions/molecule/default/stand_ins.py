# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the scenarios talk to, in one process: the lab, and stand-ins for other systems. It runs until SIGTERM.

``python stand_ins.py stand-ins.json`` writes that file, which the inventory reads, once everything is ready, and removes it at the end;
profiles for the accounts are beside it. Every scenario has accounts and systems of its own, so that none disturbs another.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.lab import Lab, start_lab
from tests.lab.alicloud import AlibabaCloud, start_alicloud
from tests.lab.awx import Awx

SCENARIOS = Path(__file__).parents[1]
PROJECT = SCENARIOS.parents[1] / "examples" / "awx-project"


def accounts(number: int) -> dict[str, str]:
    """The accounts of a scenario, by their hosts: two of AWS, two of Alibaba Cloud."""
    return {
        "images": f"1111{number:04}2222",
        "payments": f"4444{number:04}5555",
        "owns": f"12984525{number:08}",
        "runs": f"16099825{number:08}",
    }


def start_scanner(lab: Lab, account: str) -> dict[str, str]:
    """A cluster in which Central of Red Hat ACS has just been installed; what the inventory says about them."""
    cluster = lab.start_cluster(name="acs", account=account)
    cluster.wait_ready("central")
    central = lab.start_central(cluster=cluster)
    return {
        "kubeconfig": str(cluster.kubeconfig),
        "central_endpoint": central.endpoint,
        "central_ca_path": str(central.ca_path),
        "central_api_token": central.api_token,
    }


def add_registry(cloud: AlibabaCloud, name: str, owns: str, runs: str) -> dict[str, str]:
    """What nobody makes by an API: a network in the one account, a registry that nobody gets at in the other. Where the image is."""
    cloud.account(runs).add_vswitch("vsw-apps", "vpc-apps", nat_ip="47.100.0.1")
    cloud.account(runs).add_security_group("sg-apps", "vpc-apps")
    cloud.account(owns).add_instance("cri-apps", name=name, images=["apps/web:1.0"])
    return {"alicloud_endpoint": cloud.endpoint, "image": f"{name}-registry.cn-hangzhou.cr.aliyuncs.com/apps/web:1.0"}


def start_scenario(name: str, number: int, lab: Lab, cloud: AlibabaCloud, awx: Awx) -> dict[str, Any]:
    """What the inventory says about one scenario."""
    its: dict[str, Any] = {"accounts": accounts(number)}
    if name.endswith("_rhacs_scanning"):
        its |= start_scanner(lab, its["accounts"]["payments"])
    elif name.endswith("_eci_acr_access"):
        its |= add_registry(cloud, name.replace("_", "-"), its["accounts"]["owns"], its["accounts"]["runs"])
    elif name.endswith("_awx_job_templates"):
        its |= {"controller_host": awx.environment["CONTROLLER_HOST"], "controller_token": awx.environment["CONTROLLER_OAUTH_TOKEN"]}
    return its


def aws_profiles(lab: Lab, scenarios: dict[str, dict[str, Any]]) -> str:
    """An AWS configuration with the administrator of each account."""
    return "\n".join(
        f"[profile {name}-{host}]\nendpoint_url = {lab.endpoint}\nregion = eu-west-1\n"
        f"aws_access_key_id = {its['accounts'][host]}\naws_secret_access_key = any\n"
        for name, its in scenarios.items()
        for host in ("images", "payments")
    )


def alicloud_profiles(cloud: AlibabaCloud, scenarios: dict[str, dict[str, Any]]) -> str:
    """A file of credentials with the administrator of each account of Alibaba Cloud that is used."""
    keys = {
        f"{name}-{host}": cloud.account(its["accounts"][host]).key
        for name, its in scenarios.items()
        for host in ("owns", "runs")
        if "alicloud_endpoint" in its
    }
    return "\n".join(
        f"[{name}]\ntype = access_key\naccess_key_id = {key.id}\naccess_key_secret = {key.secret}\n" for name, key in keys.items()
    )


def main(ready: Path) -> None:
    """Runs until SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    names = sorted(file.parent.name for file in SCENARIOS.glob("*/molecule.yml"))
    with ExitStack() as running:
        running.callback(ready.unlink, missing_ok=True)
        lab, cloud, awx = (running.enter_context(one) for one in (start_lab(), start_alicloud(), Awx()))
        awx.add_repository("https://git.example.com/platform/registry-access.git", PROJECT)
        scenarios = {name: start_scenario(name, number, lab, cloud, awx) for number, name in enumerate(names)}
        ready.with_name("aws-profiles").write_text(aws_profiles(lab, scenarios))
        ready.with_name("alicloud-profiles").write_text(alicloud_profiles(cloud, scenarios))
        unfinished = ready.with_suffix(".new")
        unfinished.write_text(json.dumps({"process": os.getpid(), "scenarios": scenarios}))
        unfinished.rename(ready)
        stopping.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
