# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters compared with the model of their service: what is converted, and how what does not fit is told."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.model import fitted
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError

from .definitions import EVERY, shape_of


@pytest.mark.parametrize("kind", EVERY)
def test_what_fits_stays_as_it_is(kind: str) -> None:
    service, definition = EVERY[kind]
    before = copy.deepcopy(definition)
    assert fitted(definition, shape_of(service), "botocore") == definition == before


def test_types_are_converted() -> None:
    container = {
        "name": 1,
        "image": "x",
        "memory": "64",
        "cpu": 2.0,
        "essential": "no",
        "privileged": "True",
        "user": None,
        "command": ["a", None, 3],
    }
    wanted = {"family": "f", "containerDefinitions": [container, None], "cpu": 256}
    assert fitted(wanted, shape_of("ecs"), "botocore") == {
        "family": "f",
        "cpu": "256",
        "containerDefinitions": [
            {"name": "1", "image": "x", "memory": 64, "cpu": 2, "essential": False, "privileged": True, "command": ["a", "3"]}
        ],
    }


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({"imege": "x"}, "containerDefinitions[app].imege is unknown; did you mean 'image'?"),
        ({"logConfiguration": {}}, "containerDefinitions[app].logConfiguration.logDriver is missing"),
        (
            {"healthCheck": {"zzz": 1, "command": []}},
            "healthCheck.zzz is unknown; there are command, interval, retries, startPeriod, timeout",
        ),
        ({"portMappings": [{"containerPort": "http"}]}, "portMappings[0].containerPort is 'http', and must be a whole number"),
        ({"portMappings": [{"containerPort": 1.5}]}, "is 1.5, and must be a whole number"),
        ({"portMappings": [{"containerPort": float("inf")}]}, "is inf, and must be a whole number"),
        ({"memory": True}, "containerDefinitions[app].memory is true, and must be a whole number"),
        ({"environment": [{"name": "A", "value": True}]}, "environment[A].value is true, and must be text, write it in quotes"),
        ({"environment": {"A": 1}}, "environment is {'A': 1}, and must be a list"),
        ({"essential": "perhaps"}, "essential is 'perhaps', and must be true or false"),
        ({"dockerLabels": ["a"]}, "dockerLabels is ['a'], and must be a dictionary"),
        ({"healthCheck": "CMD"}, "healthCheck is 'CMD', and must be a dictionary"),
        ({"user": ["a"]}, "user is ['a'], and must be text"),
        ({"logConfiguration": {"logDriver": "awslog"}}, "logDriver is 'awslog', and must be one of json-file, syslog"),
        ({"user": ["a" * 100]}, "user is list, and must be text"),
    ],
)
def test_what_does_not_fit(container: dict[str, Any], words: str) -> None:
    with pytest.raises(RegistryError) as caught:
        fitted({"family": "f", "containerDefinitions": [{"name": "app", **container}]}, shape_of("ecs"), "botocore 9")
    assert words in str(caught.value)
    assert str(caught.value).endswith("(compared with the model of botocore 9)")


def test_many_problems_are_told_at_once_but_not_all() -> None:
    with pytest.raises(RegistryError) as caught:
        fitted({"family": "f", "containerDefinitions": [{f"x{at}" * 9: 1 for at in range(8)}]}, shape_of("ecs"), "botocore")
    assert str(caught.value).count("is unknown") == 5
    assert "; and 3 more" in str(caught.value)
