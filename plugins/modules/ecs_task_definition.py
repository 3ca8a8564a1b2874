#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task_definition
version_added: 1.0.0
short_description: Manage task definitions of Amazon ECS
description:
  - Registers a revision of a task definition when it is needed, with the credentials of a private registry, if its images are in one.
  - A definition is whole. What is not given is not in it, or has the default of AWS, also when the latest revision has something there.
    Only O(tags) are kept when they are not given.
  - Another revision is registered exactly when the definition means something else than the latest active one. Defaults that AWS fills in,
    the order of lists such as O(containers[].environment), what is null or empty, and numbers that are written as text are no
    difference; the order of a command is one. An older revision is never taken for the present one.
  - A size that Fargate does not have, credentials that cannot work, and a missing execution role are refused before any call.
options:
  family:
    description: The name of the task definition. It has letters, digits, hyphens and underscores.
    type: str
    required: true
  containers:
    description: The containers of a task.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the container.
        type: str
        required: true
      image:
        description: The image.
        type: str
        required: true
      command:
        description: The command, word by word.
        type: list
        elements: str
      environment:
        description:
          - Environment variables. Numbers are written as text; for V(true) and V(false) write quotes.
          - They show in the differences of the task, and to all who may read the definition; for passwords
            there are O(containers[].secrets).
        type: dict
      secrets:
        description: Environment variables whose values are read when the container starts; each is the ARN of a secret or a parameter.
        type: dict
      repository_credentials:
        description:
          - The secret with user name and password of the registry that O(containers[].image) is in, by its name or ARN.
          - A secret of another account or region must be named by its full ARN, with the six characters at its end.
          - Needs O(execution_role_arn). It is not for images of Amazon ECR, which the execution role pulls with its own
            permissions.
        type: str
      log_configuration:
        description: Where the output goes.
        type: dict
        suboptions:
          log_driver:
            description: The log driver, such as V(awslogs).
            type: str
            required: true
          options:
            description: Its options.
            type: dict
          secret_options:
            description: Those of its options that are read when the container starts; each is the ARN of a secret or a parameter.
            type: dict
      mount_points:
        description: Where volumes are mounted.
        type: list
        elements: dict
        suboptions:
          source_volume:
            description: The name of the volume.
            type: str
            required: true
          container_path:
            description: The path in the container.
            type: str
            required: true
          read_only:
            description: Whether the container cannot write to it.
            type: bool
      ulimits:
        description: Limits of the operating system.
        type: list
        elements: dict
        suboptions:
          name:
            description: The limit, such as V(nofile).
            type: str
            required: true
          soft_limit:
            description: The soft limit.
            type: int
            required: true
          hard_limit:
            description: The hard limit.
            type: int
            required: true
      user:
        description: The user in the container.
        type: str
      privileged:
        description: Whether the container has the permissions of the host's root. Not on Fargate.
        type: bool
      readonly_root_filesystem:
        description: Whether the container cannot write to its root file system.
        type: bool
      api_parameters:
        description: All other parameters of the container, by their names in the API of AWS.
        type: dict
      entry_point:
        description: The entry point, word by word.
        type: list
        elements: str
      cpu:
        description: CPU units of this container. By default 0, which means no share of its own.
        type: int
      memory:
        description: MiB after which the container is ended.
        type: int
      memory_reservation:
        description: MiB that are kept for the container.
        type: int
      gpus:
        description: How many GPUs the container gets. Not on Fargate.
        type: int
      port_mappings:
        description: Ports that the container listens on.
        type: list
        elements: dict
        suboptions:
          container_port:
            description: The port of the container.
            type: int
            required: true
          host_port:
            description: The port of the host. By default the same, or with the network mode V(bridge) any that is free.
            type: int
          protocol:
            description: V(tcp), the default, or V(udp).
            type: str
          name:
            description: A name for Service Connect.
            type: str
          app_protocol:
            description: V(http), V(http2) or V(grpc), for Service Connect.
            type: str
      depends_on:
        description: Containers that are started before this one.
        type: list
        elements: dict
        suboptions:
          container_name:
            description: The container that it waits for.
            type: str
            required: true
          condition:
            description: What it waits for, V(START), V(COMPLETE), V(SUCCESS) or V(HEALTHY).
            type: str
            default: START
      essential:
        description: Whether the task ends when this container does. By default it does.
        type: bool
      health_check:
        description: How ECS finds out whether the container works.
        type: dict
        suboptions:
          command:
            description: The command, word by word. It begins with V(CMD) or V(CMD-SHELL).
            type: list
            elements: str
            required: true
          interval:
            description: Seconds between two checks. By default 30.
            type: int
          timeout:
            description: Seconds after which a check has failed. By default 5.
            type: int
          retries:
            description: How many checks in a row have to fail. By default 3.
            type: int
          start_period:
            description: Seconds at the beginning in which failures do not count.
            type: int
      working_directory:
        description: The directory in which the command runs.
        type: str
  requires_compatibilities:
    description:
      - What tasks can run on, V(EC2), V(FARGATE), V(EXTERNAL) and V(MANAGED_INSTANCES). ECS refuses a definition that does not suit it.
    type: list
    elements: str
  network_mode:
    description: V(bridge), the default, V(host), V(awsvpc) or V(none). Fargate needs V(awsvpc).
    type: str
  cpu:
    description: CPU units of the whole task, such as V(256), or vCPUs, such as V(0.25 vCPU). Fargate needs it.
    type: str
  memory:
    description: MiB of the whole task, such as V(512), or GB, such as V(0.5 GB). Fargate needs it.
    type: str
  execution_role_arn:
    description: The role that pulls images, reads secrets and writes logs. It must be in the account of the definition.
    type: str
  task_role_arn:
    description: The role that the containers have. It must be in the account of the definition.
    type: str
  volumes:
    description: The volumes that containers can mount.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the volume.
        type: str
        required: true
      host_path:
        description: A path of the host. Not on Fargate.
        type: str
      efs:
        description: A file system of Amazon EFS.
        type: dict
        suboptions:
          file_system_id:
            description: The id of the file system.
            type: str
            required: true
          root_directory:
            description: The directory that is mounted. By default the root.
            type: str
          access_point_id:
            description: The access point.
            type: str
          transit_encryption:
            description: Whether the connection is encrypted.
            type: bool
          iam:
            description: Whether the role of the containers is used for the file system.
            type: bool
      api_parameters:
        description: All other parameters of the volume, by their names in the API of AWS.
        type: dict
  runtime_platform:
    description: What the containers are built for.
    type: dict
    suboptions:
      cpu_architecture:
        description: V(X86_64) or V(ARM64).
        type: str
      operating_system_family:
        description: Such as V(LINUX).
        type: str
  ephemeral_storage:
    description: GiB of the disk that a task on Fargate gets.
    type: int
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.batch_job_definition
  - module: crossaccount.registry.secretsmanager_registry_credential
  - module: crossaccount.registry.secretsmanager_secret_policy
  - name: Using non-AWS container images in Amazon ECS
    description: What AWS says about credentials of private registries.
    link: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - crossaccount.registry._boto3
  - crossaccount.registry._attributes
  - crossaccount.registry._assume_role
  - crossaccount.registry._definition
"""

EXAMPLES = r"""
- name: Run an image of a private registry on Fargate, with a credential of another account
  crossaccount.registry.ecs_task_definition:
    region: eu-west-1
    family: payments-web
    requires_compatibilities: [FARGATE]
    network_mode: awsvpc
    cpu: 256
    memory: 512
    execution_role_arn: arn:aws:iam::111122223333:role/ecsTaskExecutionRole
    containers:
      - name: web
        image: quay.example.com/payments/web:1.4
        repository_credentials: arn:aws:secretsmanager:eu-west-1:444455556666:secret:registry/quay-AbCdEf
        port_mappings:
          - container_port: 8080
        environment:
          LOG_LEVEL: info
    tags:
      team: payments

- name: Run the next version, and keep three revisions
  crossaccount.registry.ecs_task_definition:
    region: eu-west-1
    family: payments-web
    requires_compatibilities: [FARGATE]
    network_mode: awsvpc
    cpu: 256
    memory: 512
    execution_role_arn: arn:aws:iam::111122223333:role/ecsTaskExecutionRole
    containers:
      - name: web
        image: quay.example.com/payments/web:1.5
        repository_credentials: arn:aws:secretsmanager:eu-west-1:444455556666:secret:registry/quay-AbCdEf
        port_mappings:
          - container_port: 8080
        environment:
          LOG_LEVEL: info
    keep_revisions: 3

- name: Take the parameters of the API as they are
  crossaccount.registry.ecs_task_definition:
    region: eu-west-1
    family: payments-worker
    api_parameters:
      containerDefinitions:
        - name: worker
          image: quay.example.com/payments/worker:1.4
          memory: 256
          repositoryCredentials:
            credentialsParameter: registry/quay
      executionRoleArn: arn:aws:iam::111122223333:role/ecsTaskExecutionRole
      pidMode: task

- name: Deregister all revisions
  crossaccount.registry.ecs_task_definition:
    region: eu-west-1
    family: payments-worker
    state: absent
"""

RETURN = r"""
summary:
  description: Whether it was created, updated, deleted, unchanged, or failed; the number of the one that applies is 1.
  returned: always
  type: dict
  sample: {"created": 1, "updated": 0, "deleted": 0, "unchanged": 0, "skipped": 0, "failed": 0}
actions:
  description: What was done, or would be done in check mode. There is one action.
  returned: always
  type: list
  elements: dict
  contains:
    account:
      description: The account.
      type: str
      sample: "111122223333"
    region:
      description: The region.
      type: str
      sample: eu-west-1
    resource:
      description: The name of the definition.
      type: str
      sample: payments-web
    action:
      description: V(created) for the first active revision, V(updated), V(deleted), V(unchanged) or V(failed).
      type: str
      sample: created
    revision:
      description:
        - The number of the latest active revision after the task. V(null) when there is none.
        - V(null) in check mode for a revision that would be registered.
      type: int
      sample: 1
    arn:
      description: The ARN of that revision.
      type: str
      sample: arn:aws:ecs:eu-west-1:111122223333:task-definition/payments-web:1
    previous_revision:
      description: The number of the latest active revision before the task.
      type: int
      sample: null
    fields_changed:
      description: The paths of what differs from the latest revision, by the names of the API of AWS.
      type: list
      elements: str
      sample: [containerDefinitions, cpu, executionRoleArn, family, memory, networkMode, requiresCompatibilities, tags]
    revisions_deregistered:
      description: The revisions that were deregistered.
      type: list
      elements: int
      sample: []
    error:
      description: What went wrong, with C(message), and AWS's C(code) and C(request_id) where there are any. Otherwise V(null).
      type: dict
      sample: null
actions_left_out:
  description: How many actions did not fit into the result. Always 0.
  returned: always
  type: int
  sample: 0
"""

from ansible_collections.crossaccount.registry.plugins.module_utils._aws.definition_module import DEFINITION_SPEC, Service, manage
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.task_definitions import TaskDefinitions
from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.task_definition import (
    TASK_SPEC,
    check_family,
    check_task,
    task_request,
)


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={**DEFINITION_SPEC, **TASK_SPEC, "family": {"type": "str", "required": True}},
    )
    service = Service("ecs", "RegisterTaskDefinition", "family", check_family, task_request, check_task, TaskDefinitions)
    module.run(lambda: manage(module, service))


if __name__ == "__main__":
    main()
