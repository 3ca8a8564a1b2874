# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.

"""Credentials of private registries: one declaration, and what each account that it names has to do for it.

The owner is the account that has the secret. Readers are execution roles of Amazon ECS and AWS Batch, in its own or in another account:
https://docs.aws.amazon.com/batch/latest/userguide/private-registry.html
Neither user names nor passwords are part of the declaration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._errors import RegistryError
from ._grants import Recipient, is_region, read_recipients, switch
from ._policy.document import RawStatement
from ._policy.principals import partition_of
from ._readers import DECRYPT, READ, SECRET_ARN, in_sid, via_service

#: Sids of statements that come from credentials start with this; those of grants and caches do not, so none takes the other's away.
CREDENTIAL_SID_PREFIX = "CrossaccountCredential"
#: Who assumes execution roles, for Batch too: https://docs.aws.amazon.com/batch/latest/userguide/execution-IAM-role.html
SERVICE = "ecs-tasks.amazonaws.com"
#: What stands for the characters at the end of an ARN that only AWS knows, and only after it has made them up.
_SUFFIX = "-XXXXXX"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*")
_KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+")
_FIELDS = ("name", "state", "secret", "readers")
_SECRET_FIELDS = ("account", "region", "name", "arn", "kms_key_id", "description", "tags")
_LOOKUP_FIELDS = {"name", "account", "region", "arn", "kms_key_arn"}
_READER_FIELDS = ("account", "roles", "create", "state")


@dataclass(frozen=True)
class Reader:
    """Execution roles of an account, or all of it. ``create``: the roles that are not there are created."""

    recipient: Recipient
    create: bool
    state: str


@dataclass(frozen=True)
class Credential:
    """One entry of the declaration. ``arn`` is None where nobody said it."""

    name: str
    state: str
    account: str
    region: str
    secret: str
    arn: str | None
    kms_key_id: str | None
    settings: Mapping[str, Any]
    readers: tuple[Reader, ...]

    @property
    def predicted_arn(self) -> str:
        """The ARN as far as it is known before there is a secret."""
        return f"arn:{partition_of(self.region)}:secretsmanager:{self.region}:{self.account}:secret:{self.secret}{_SUFFIX}"

    @property
    def lookup(self) -> dict[str, Any] | None:
        """What has to be looked up of it; None where the declaration says ARN and key."""
        if self.arn and self.kms_key_id and _KEY_ARN.fullmatch(self.kms_key_id):
            return None
        return {"name": self.arn or self.secret, "account": self.account, "region": self.region, "kms_key_id": self.kms_key_id}

    def present(self, account: str | None = None) -> list[Reader]:
        """Those who shall read, in one account or in all."""
        return [one for one in self.readers if self.state == one.state == "present" and account in (None, one.recipient.account)]

    def roles(self, account: str) -> list[str]:
        """The roles of an account that shall read."""
        return [role for one in self.present(account) for role in one.recipient.roles]


@dataclass(frozen=True)
class FoundSecret:
    """What is known of the secret of a credential: its ARN, and that of its key, None for the one that AWS manages."""

    arn: str
    kms_key_arn: str | None


def credential_plan(credentials: Sequence[Credential], account: str) -> dict[str, Any]:
    """What one account has to do for all credentials before their secrets are known.

    ``names`` are those of all credentials. ``roles``: execution roles that shall be created (C(present)) or go (C(absent)), with
    ``trusted``, who may assume them. ``secrets``: what the account owns. ``lookups``: which secrets its roles read.
    """
    wanted = {role for one in credentials for reader in one.present(account) for role in reader.recipient.roles}
    mine = [reader for one in credentials for reader in one.readers if reader.recipient.account == account and reader.create]
    made = {role for reader in mine for role in reader.recipient.roles}
    return {
        "names": [one.name for one in credentials],
        "roles": {
            "present": sorted(made & wanted),
            "absent": sorted(made - wanted),
            "trusted": [{"sid": f"{CREDENTIAL_SID_PREFIX}Tasks", "service": SERVICE}],
        },
        "secrets": [_owned(one) for one in credentials if one.account == account],
        "lookups": [one.lookup for one in credentials if one.present(account) and one.lookup],
    }


def _owned(credential: Credential) -> dict[str, Any]:
    recipients = [one.recipient for one in credential.present()]
    return {
        "name": credential.name,
        "state": credential.state,
        "secret": credential.secret,
        "region": credential.region,
        "kms_key_id": credential.kms_key_id,
        "predicted_arn": credential.predicted_arn,
        "readers": [{"account": one.account, **({"roles": list(one.roles)} if one.roles else {})} for one in recipients],
        **credential.settings,
    }


def secrets_of(credentials: Iterable[Credential], account: str, found: Sequence[Mapping[str, Any]]) -> dict[str, FoundSecret]:
    """Credential -> its secret, of all that roles of the account read.

    ``found`` are the results of the look-ups: C(name), C(account), C(region), C(arn) and C(kms_key_arn) each. A secret that is not there
    (yet) gets the ARN that is predicted. Raises RegistryError for one that was not looked up.
    """
    if not isinstance(found, Sequence) or not all(isinstance(one, Mapping) and one.keys() >= _LOOKUP_FIELDS for one in found):
        raise RegistryError(f"found must be a list of look-ups, each with {', '.join(sorted(_LOOKUP_FIELDS))}")
    known = {(str(one["name"]), str(one["account"]), str(one["region"])): one for one in found}
    secrets: dict[str, FoundSecret] = {}
    for one in credentials:
        if not one.present(account):
            continue
        lookup = one.lookup
        if lookup is None:
            secrets[one.name] = FoundSecret(str(one.arn), one.kms_key_id)
            continue
        answer = known.get((lookup["name"], lookup["account"], lookup["region"]))
        if answer is None:
            raise RegistryError(f"credential '{one.name}': the secret was not looked up")
        secrets[one.name] = FoundSecret(answer["arn"] or one.predicted_arn, answer["kms_key_arn"])
    return secrets


def permissions(credentials: Sequence[Credential], account: str, secrets: Mapping[str, FoundSecret]) -> list[dict[str, Any]]:
    """What the roles of an account may read: C(state), C(roles) and their C(statements); roles with the same statements are together.

    C(absent) are those that shall read nothing any more.
    """
    named = {role: [one for one in credentials if role in one.roles(account)] for role in _roles(credentials, account)}
    groups: dict[tuple[str, ...], list[str]] = {}
    for role, its in sorted(named.items()):
        groups.setdefault(tuple(one.name for one in its), []).append(role)
    by_name = {one.name: one for one in credentials}
    return [
        {
            "state": "present" if names else "absent",
            "roles": roles,
            "statements": [statement for name in names for statement in _statements(by_name[name], secrets[name])],
        }
        for names, roles in groups.items()
    ]


def expected(credentials: Iterable[Credential], account: str, secrets: Mapping[str, FoundSecret]) -> list[dict[str, Any]]:
    """What must be allowed once everything is written: each role of an account reads its secrets."""
    return [
        {"principal": arn, "secret": secrets[one.name].arn, "allowed": True}
        for one in credentials
        for reader in one.present(account)
        for arn in reader.recipient.arns(partition_of(one.region))
    ]


def _roles(credentials: Iterable[Credential], account: str) -> set[str]:
    """All roles of an account that the declaration names, also as those that shall not read any more."""
    return {role for one in credentials for reader in one.readers if reader.recipient.account == account for role in reader.recipient.roles}


def _statements(credential: Credential, secret: FoundSecret) -> list[RawStatement]:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html, narrowed down to this secret and this key."""
    stem = in_sid(credential.name)
    read = {"Sid": f"{CREDENTIAL_SID_PREFIX}Read{stem}", "Effect": "Allow", "Action": READ, "Resource": secret.arn}
    if secret.kms_key_arn is None:
        return [read]
    through = {"StringEquals": {"kms:ViaService": via_service(credential.region)}}
    key = {"Effect": "Allow", "Action": DECRYPT, "Resource": secret.kms_key_arn, "Condition": through}
    return [read, {"Sid": f"{CREDENTIAL_SID_PREFIX}Decrypt{stem}", **key}]


# -- reading the declaration -----------------------------------------------------------------------------------------


def read_credentials(declaration: Any) -> list[Credential]:
    """Reads and checks a declaration of credentials.

    ``declaration`` is a list of mappings with C(name), C(secret) (C(account), C(region), C(name)), C(readers) and C(state). Raises
    RegistryError that says which credential, which field, why, and what to write instead.
    """
    if isinstance(declaration, (str, Mapping)) or not isinstance(declaration, Sequence):
        raise RegistryError(f"credentials must be a list of credentials, not {type(declaration).__name__}")
    credentials = [_read_credential(entry, at) for at, entry in enumerate(declaration)]
    stems: dict[str, Credential] = {}
    places: dict[tuple[str, str, str], Credential] = {}
    for one in credentials:
        if (other := stems.setdefault(in_sid(one.name), one)) is not one:
            raise RegistryError(f"credential '{one.name}': the name gives the same Sids as '{other.name}'; choose another one")
        if (other := places.setdefault((one.account, one.region, one.secret), one)) is not one:
            raise RegistryError(f"credential '{one.name}': the secret '{one.secret}' is that of '{other.name}', too")
    return credentials


def _read_credential(entry: Any, position: int) -> Credential:
    where = f"credential #{position + 1}"
    if not isinstance(entry, Mapping):
        raise RegistryError(f"{where} is no mapping")
    name = entry.get("name")
    where = f"credential '{name}'" if name else where
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > 64:
        raise RegistryError(f"{where}: name must be letters, digits, - and _, begin with a letter, and have at most 64 characters")
    check_keys(entry, _FIELDS, where)
    secret = entry.get("secret")
    if not isinstance(secret, Mapping):
        raise RegistryError(f"{where}: secret is missing; it needs account, region and name")
    check_keys(secret, _SECRET_FIELDS, f"{where}: secret")
    account, region = read_account(secret, f"{where}: secret"), secret.get("region")
    if not is_region(str(region)):
        raise RegistryError(f"{where}: secret: region: '{region}' is no region")
    text = secret.get("name")
    if not isinstance(text, str) or not text or text.startswith("arn:"):
        raise RegistryError(f"{where}: secret: name is {text!r}; give the name of the secret, and an ARN that is known as 'arn'")
    key = secret.get("kms_key_id")
    if key is not None and not isinstance(key, str):
        raise RegistryError(f"{where}: secret: kms_key_id is {key!r}; give the id, the ARN or the alias of a key")
    return Credential(
        name=name,
        state=_state(entry, where),
        account=account,
        region=str(region),
        secret=text,
        arn=_arn(secret, account, f"{where}: secret"),
        kms_key_id=key,
        settings={field: secret[field] for field in ("description", "tags") if secret.get(field) is not None},
        readers=_readers(entry.get("readers") or (), where),
    )


def _readers(entries: Any, where: str) -> tuple[Reader, ...]:
    if isinstance(entries, (str, Mapping)) or not isinstance(entries, Sequence):
        raise RegistryError(f"{where}: readers must be a list")
    readers = tuple(_read_reader(one, f"{where}: readers[{at}]") for at, one in enumerate(entries))
    names = [arn for one in readers for arn in one.recipient.arns("aws") or [str(one.recipient.account)]]
    if twice := [one for one in names if names.count(one) > 1]:
        raise RegistryError(f"{where}: readers: {twice[0]} is there twice; name everybody once")
    return readers


def _read_reader(entry: Any, where: str) -> Reader:
    if not isinstance(entry, Mapping):
        raise RegistryError(f"{where} is no mapping")
    check_keys(entry, _READER_FIELDS, where)
    recipient = _recipient({"account": entry.get("account"), "roles": entry.get("roles")}, where)
    create = switch(entry.get("create"), f"{where}: create")
    if create and not recipient.roles:
        raise RegistryError(f"{where}: create is for roles; name those that are to be created")
    return Reader(recipient, create, _state(entry, where))


def _arn(secret: Mapping[str, Any], account: str, where: str) -> str | None:
    arn = secret.get("arn")
    if not arn:
        return None
    found = SECRET_ARN.fullmatch(str(arn))
    if not found or (found["account"], found["region"], found["name"][:-7]) != (account, secret.get("region"), secret.get("name")):
        raise RegistryError(f"{where}: arn is '{arn}', which is not the full ARN of this secret (it ends in a hyphen and six characters)")
    return str(arn)


def check_keys(entry: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Raises RegistryError for fields that do not exist."""
    unknown = [str(key) for key in entry if key not in known]
    if unknown:
        raise RegistryError(f"{where}: there is no {unknown[0]}; it has {', '.join(known)}")


def _state(entry: Mapping[str, Any], where: str) -> str:
    state = entry.get("state") or "present"
    if state not in ("present", "absent"):
        raise RegistryError(f"{where}: state is {state!r}, it must be present or absent")
    return str(state)


def read_account(side: Mapping[str, Any], where: str) -> str:
    """The C(account) of a side. Raises RegistryError."""
    return str(_recipient({"account": side.get("account")}, where).account)


def _recipient(entry: Mapping[str, Any], where: str) -> Recipient:
    try:
        (found,) = read_recipients([entry], where)
    except RegistryError as error:
        # A list of one needs no place in it.
        raise RegistryError(str(error).replace(f"{where}[0]", where)) from None
    return found
