# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""What AWS says when it denies something: which kind of policy denies, which action, on what, to whom.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

DenialLayer = Literal["organization", "resource", "identity", "boundary", "session", "trust", "resource_control", "endpoint"]

#: How AWS calls the kinds of policies in these texts; C(sessions policy) is its own spelling.
_LAYERS: Mapping[str, DenialLayer] = {
    "identity-based policy": "identity",
    "resource-based policy": "resource",
    "permissions boundary": "boundary",
    "session policy": "session",
    "sessions policy": "session",
    "service control policy": "organization",
    "resource control policy": "resource_control",
    "vpc endpoint policy": "endpoint",
    "role trust policy": "trust",
}
_LAYER = "|".join(map(re.escape, _LAYERS))
#: Who may not do what on which resource. The resource may be in quotes, or begin with what it is (C(role puller)), or be left out.
_SENTENCE = re.compile(
    r"(?:\bUser:? (?:(?P<principal>\S+) )?is )?\bnot authorized to perform:? (?P<action>[a-z0-9-]+:[a-z*]+)"
    r"(?: on (?:resource: (?P<resource>\"[^\"]+\"|(?:(?:role|user|group|policy|instance profile) )?[^\s\"]+)|this resource))?",
    re.IGNORECASE,
)
#: The same without saying what, as EC2 does.
_BARE = re.compile(r"\bnot authorized to perform this operation\b", re.IGNORECASE)
#: Why. A policy may deny by means of another one, which is then the one to look at; the ARN of the policy is a newer addition.
_SILENT = re.compile(rf"\bbecause no (?P<layer>{_LAYER}) allows\b", re.IGNORECASE)
_EXPLICIT = re.compile(
    rf"\bwith an explicit deny(?: in (?:an?|the) (?:(?:{_LAYER}) transitively through an? )?(?P<layer>{_LAYER})"
    r"(?:: (?P<policy>arn:[^\s\"]+))?)?",
    re.IGNORECASE,
)
_PUNCTUATION = ".,;:)\"'"


@dataclass(frozen=True)
class Denial:
    """What a denial says. ``layer`` is None where it does not tell; ``policy`` is the ARN of the policy that denies, where it is told."""

    layer: DenialLayer | None
    explicit: bool
    action: str | None = None
    resource: str | None = None
    principal: str | None = None
    policy: str | None = None


def read_denial(message: str) -> Denial | None:
    """What AWS says in a text that holds a denial, as a service or a client (docker, ECS, Terraform) shows it; None when it holds none.

    A registry's answer that names no action, such as C(403 Forbidden), says nothing of the policies and is none.
    """
    text = " ".join(message.split())
    sentence = _SENTENCE.search(text)
    if sentence is None:
        return Denial(None, explicit=False) if _BARE.search(text) else None
    explicit = _EXPLICIT.search(text, sentence.end())
    why = explicit or _SILENT.search(text, sentence.end())
    layer = why.group("layer") if why else None
    return Denial(
        layer=_LAYERS[layer.lower()] if layer else None,
        explicit=explicit is not None,
        action=sentence.group("action"),
        resource=_trimmed(sentence.group("resource")),
        principal=_trimmed(sentence.group("principal")),
        policy=_trimmed(explicit.group("policy")) if explicit else None,
    )


def _trimmed(text: str | None) -> str | None:
    """A part of a sentence without the punctuation around it."""
    return text.strip(_PUNCTUATION) if text else None
