# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the policies say about reading a secret and what a real read meets are the same, and what is missing is named."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.crossaccount.registry.plugins.module_utils._access.missing_statement import Missing
from ansible_collections.crossaccount.registry.plugins.module_utils._access.questions import read_principal
from ansible_collections.crossaccount.registry.plugins.module_utils._access.secret_question import SecretVerdict, judge_secret
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.access_sides import read_identity_side
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.secret_side import read_secret_side
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.session import AwsSession
from ansible_collections.crossaccount.registry.plugins.module_utils._errors import RegistryError
from tests.integration.accounts import client_of
from tests.integration.conftest import OTHER, PRIMARY, REGION, SECONDARY, Account
from tests.lab import Lab

READ, DECRYPT = "secretsmanager:GetSecretValue", "kms:Decrypt"
ROOT = {"Effect": "Allow", "Principal": {"AWS": PRIMARY}, "Action": "kms:*", "Resource": "*"}


def text(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Stage:
    """A secret with a customer managed key, and a role that may be its reader."""

    def __init__(self, lab: Lab, owner: Account, user: Account) -> None:
        self._lab, self._owner, self._user = lab, owner, user
        self.key = str(owner.client("kms").create_key()["KeyMetadata"]["Arn"])
        self.arn = str(owner.client("secretsmanager").create_secret(Name="registry/quay", SecretString="x", KmsKeyId=self.key)["ARN"])
        self.role = user.create_role("exec")
        self._sessions = {account.id: self._session(account) for account in (owner, user)}
        self._reader = client_of(lab, user, "exec", "secretsmanager")
        self.documents: dict[str, list[Any]] = {}
        self.set()

    def set(self, **documents: Any) -> None:
        """Makes the documents these: C(identity), C(secret), C(key) (which keeps what the account has)."""
        self.documents = {"identity": [], "secret": [], "key": [], **documents}
        iam, secrets = self._user.client("iam"), self._owner.client("secretsmanager")
        for name in iam.list_role_policies(RoleName="exec")["PolicyNames"]:
            iam.delete_role_policy(RoleName="exec", PolicyName=name)
        if self.documents["identity"]:
            iam.put_role_policy(RoleName="exec", PolicyName="own", PolicyDocument=text(*self.documents["identity"]))
        secrets.delete_resource_policy(SecretId=self.arn)
        if self.documents["secret"]:
            secrets.put_resource_policy(SecretId=self.arn, ResourcePolicy=text(*self.documents["secret"]))
        self._owner.client("kms").put_key_policy(KeyId=self.key, PolicyName="default", Policy=text(ROOT, *self.documents["key"]))

    def paste(self, missing: Missing) -> None:
        """Adds a statement where it is said to belong."""
        kind = next(kind for kind in ("identity", "secret", "key") if missing.document.startswith(kind))
        account = self._user.id if kind == "identity" else self._owner.id
        assert (missing.account, missing.region) == (account, None if kind == "identity" else REGION)
        self.set(**{**self.documents, kind: [*self.documents[kind], missing.statement]})

    def reads(self) -> bool:
        try:
            self._reader.get_secret_value(SecretId=self.arn)
        except ClientError:
            return False
        return True

    def verdict(self) -> SecretVerdict:
        return judge_secret(
            read_principal(self.role, "principal"),
            read_identity_side(self._sessions[self._user.id], self.role),
            read_secret_side(self._sessions[self._owner.id], self.arn),
        )

    def secret_session(self) -> AwsSession:
        return self._sessions[self._owner.id]

    def _session(self, account: Account) -> AwsSession:
        keys = {"aws_access_key_id": account.id, "aws_secret_access_key": "any"}
        return AwsSession(keys, self._lab.endpoint, REGION)


def choices(stage: Stage, own: str) -> dict[str, list[Any]]:
    """For each document what it can say: nothing, what is needed, or something close to it."""
    allow = {"Effect": "Allow", "Resource": "*"}
    to_role = {**allow, "Principal": {"AWS": stage.role}}
    through = {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com", "kms:EncryptionContext:SecretARN": stage.arn}}
    other = {"StringEquals": {"kms:EncryptionContext:SecretARN": stage.arn.replace("quay", "hub")}}
    return {
        "identity": [
            [],
            [{**allow, "Action": [READ, DECRYPT]}],
            [{**allow, "Action": READ, "Resource": stage.arn}],
            [{**allow, "Action": DECRYPT, "Resource": stage.key}],
            [{**allow, "Action": "*"}, {**allow, "Effect": "Deny", "Action": "kms:*"}],
        ],
        "secret": [
            [],
            [{**to_role, "Action": READ}],
            [{**allow, "Principal": {"AWS": own}, "Action": READ, "Resource": stage.arn}],
            [{**to_role, "Action": "secretsmanager:DescribeSecret"}],
        ],
        "key": [
            [],
            [{**to_role, "Action": DECRYPT, "Condition": through}],
            [{**to_role, "Action": DECRYPT, "Condition": other}],
            [
                {**allow, "Principal": {"AWS": own}, "Action": "kms:*"},
                {**to_role, "Effect": "Deny", "Action": DECRYPT, "Condition": through},
            ],
        ],
    }


@pytest.mark.parametrize("own", [SECONDARY, PRIMARY])
def test_policies_say_what_a_read_meets(lab: Lab, primary: Account, secondary: Account, own: str) -> None:
    """For all combinations, in another account and in the same; pasting what is missing, and nothing less, makes the read succeed."""
    stage = Stage(lab, primary, primary if own == PRIMARY else secondary)
    possible = choices(stage, own)
    seen = set()
    for combination in itertools.product(*possible.values()):
        stage.set(**dict(zip(possible, combination, strict=True)))
        verdict = stage.verdict()
        assert verdict.outcome == ("allowed" if stage.reads() else "denied"), (combination, verdict)
        seen.add((verdict.outcome, len(verdict.missing)))
        denies = any(one["Effect"] == "Deny" for statements in combination for one in statements)
        if verdict.outcome == "denied" and not denies:
            assert verdict.missing
            for one in verdict.missing:
                assert not stage.reads()
                stage.paste(one)
            assert stage.reads(), (combination, verdict)
    assert ("allowed", 0) in seen
    assert {outcome for outcome, _number in seen} == {"allowed", "denied"}
    assert max(number for _outcome, number in seen) == (4 if own == SECONDARY else 2)


def test_what_no_statement_can_help(lab: Lab, primary: Account, secondary: Account) -> None:
    stage = Stage(lab, primary, secondary)
    secrets, kms = primary.client("secretsmanager"), primary.client("kms")
    kms.disable_key(KeyId=stage.key)
    assert "that encrypts the value is Disabled, and nobody can decrypt with it" in stage.verdict().reason
    kms.enable_key(KeyId=stage.key)
    secrets.update_secret(SecretId=stage.arn, KmsKeyId="alias/aws/secretsmanager")
    # The secret has the managed key now, and its version still has the other one.
    assert len(stage.verdict().missing) == 4
    secrets.put_secret_value(SecretId=stage.arn, SecretString="y")
    verdict = stage.verdict()
    assert (verdict.outcome, verdict.missing) == ("denied", ())
    assert "which never decrypts for another account than 111122223333; encrypt it with a customer managed key" in verdict.reason
    secrets.delete_secret(SecretId=stage.arn)
    assert "scheduled for deletion" in stage.verdict().reason
    with pytest.raises(RegistryError, match="there is no secret"):
        read_secret_side(stage.secret_session(), stage.arn.replace("quay", "hub"))


def test_what_is_not_known(lab: Lab, primary: Account, secondary: Account) -> None:
    """Policies that could not be read leave the answer open; those that were read and deny still deny."""
    stage = Stage(lab, primary, secondary)
    side = read_secret_side(stage.secret_session(), stage.arn)
    principal = read_principal(stage.role, "principal")
    assert judge_secret(principal, None, side).outcome == "denied"
    likely = {"secret": [{"Effect": "Allow", "Principal": {"AWS": SECONDARY}, "Action": READ, "Resource": "*"}]}
    likely["key"] = [{**likely["secret"][0], "Action": DECRYPT}]
    stage.set(**likely)
    verdict = judge_secret(principal, None, read_secret_side(stage.secret_session(), stage.arn))
    assert verdict.outcome == "unknown"
    assert f"depends on what could not be read: the policies of {stage.role}" in verdict.reason
    user = primary.create_user("auditor", "secretsmanager:DescribeSecret")
    keys = {"aws_access_key_id": user.access_key, "aws_secret_access_key": user.secret_key}
    blind = read_secret_side(AwsSession(keys, lab.endpoint, REGION), stage.arn)
    assert (blind.policy, blind.key, blind.key_policy) == (None, stage.key, None)
    assert "GetResourcePolicy: AccessDeniedException" in blind.unread[0] and "DescribeKey: AccessDeniedException" in blind.key_unread[0]
    assert judge_secret(read_principal(OTHER, "principal"), None, blind).outcome == "unknown"


def test_who_is_asked_about(lab: Lab, primary: Account, secondary: Account) -> None:
    stage = Stage(lab, primary, secondary)
    side = read_secret_side(stage.secret_session(), stage.arn)
    account = judge_secret(read_principal(SECONDARY, "principal"), None, side)
    assert [one.statement["Principal"] for one in account.missing] == [{"AWS": [SECONDARY]}] * 2
    service = judge_secret(read_principal(f"lambda.amazonaws.com/{SECONDARY}", "principal"), None, side)
    assert (service.outcome, service.missing) == ("denied", ()) and "is no role, user or account" in service.reason
    china = judge_secret(read_principal("arn:aws-cn:iam::444455556666:role/exec", "principal"), None, side)
    assert "is in another partition of AWS than the secret" in china.reason
