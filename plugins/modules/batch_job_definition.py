#!/usr/bin/python
# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: batch_job_definition
version_added: 1.0.0
short_description: Manage job definitions of AWS Batch
description:
  - Registers a revision of a job definition when it is needed, with the credentials of a private registry, if its images are in one.
  - Jobs have one container (O(container)), several of them in a task (O(task)), or several nodes (O(nodes)), on EC2 or on Fargate.
    Jobs on Amazon EKS can be given by O(api_parameters).
  - A definition is whole. What is not given is not in it, or has the default of AWS, also when the latest revision has something there.
    Only O(tags) are kept when they are not given.
  - Another revision is registered exactly when the definition means something else than the latest active one. Defaults that AWS fills in,
    the order of lists such as O(container.environment), what is null or empty, and numbers that are written as text are no
    difference; the order of a command is one. An older revision is never taken for the present one.
  - A size that Fargate does not have, credentials that cannot work, and a missing execution role are refused before any call.
options:
  name:
    description: The name of the job definition. It has letters, digits, hyphens and underscores.
    type: str
    required: true
  platform_capabilities:
    description: What jobs run on, V(EC2), the default, V(FARGATE) or V(MANAGED_INSTANCES).
    type: list
    elements: str
  container: &container
    description: The container of jobs that have one.
    type: dict
    suboptions:
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
            there are O(container.secrets).
        type: dict
      secrets:
        description: Environment variables whose values are read when the container starts; each is the ARN of a secret or a parameter.
        type: dict
      repository_credentials:
        description:
          - The secret with user name and password of the registry that O(container.image) is in, by its name or ARN.
          - A secret of another account or region must be named by its full ARN, with the six characters at its end.
          - Needs O(container.execution_role_arn). It is not for images of Amazon ECR, which the execution role pulls with its own
            permissions.
        type: str
      log_configuration: &log_configuration
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
      mount_points: &mount_points
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
      ulimits: &ulimits
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
      vcpus:
        description: How many vCPUs it gets, such as V(1) or V(0.25).
        type: str
      memory:
        description: MiB after which it is ended.
        type: int
      gpus:
        description: How many GPUs it gets. Not on Fargate.
        type: int
      execution_role_arn:
        description: The role that pulls images, reads secrets and writes logs, in the account of the definition. Fargate needs it.
        type: str
      volumes: &volumes
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
      platform_version:
        description: The platform version of Fargate. By default V(LATEST). Credentials of a registry need V(1.2.0) or a later one.
        type: str
      assign_public_ip:
        description: Whether it gets a public address. Only on Fargate.
        type: bool
      ephemeral_storage:
        description: GiB of the disk. Only on Fargate.
        type: int
      runtime_platform: &platform
        description: What the containers are built for.
        type: dict
        suboptions:
          cpu_architecture:
            description: V(X86_64) or V(ARM64).
            type: str
          operating_system_family:
            description: Such as V(LINUX).
            type: str
      job_role_arn:
        description: The role that the container has. It must be in the account of the definition.
        type: str
  task: &task
    description: Several containers of a job, together.
    type: dict
    suboptions:
      containers:
        description: The containers.
        type: list
        elements: dict
        required: true
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
                there are O(task.containers[].secrets).
            type: dict
          secrets:
            description: Environment variables whose values are read when the container starts; each is the ARN of a secret or a parameter.
            type: dict
          repository_credentials:
            description:
              - The secret with user name and password of the registry that O(task.containers[].image) is in, by its name or ARN.
              - A secret of another account or region must be named by its full ARN, with the six characters at its end.
              - Needs O(task.execution_role_arn). It is not for images of Amazon ECR, which the execution role pulls with its own
                permissions.
            type: str
          log_configuration: *log_configuration
          mount_points: *mount_points
          ulimits: *ulimits
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
          vcpus:
            description: How many vCPUs it gets, such as V(1) or V(0.25).
            type: str
          memory:
            description: MiB after which it is ended.
            type: int
          gpus:
            description: How many GPUs it gets. Not on Fargate.
            type: int
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
            description: Whether the task ends when this container does. By default it does; for one container at least it has to.
            type: bool
      execution_role_arn:
        description: The role that pulls images, reads secrets and writes logs, in the account of the definition. Fargate needs it.
        type: str
      volumes: *volumes
      platform_version:
        description: The platform version of Fargate. By default V(LATEST). Credentials of a registry need V(1.2.0) or a later one.
        type: str
      assign_public_ip:
        description: Whether it gets a public address. Only on Fargate.
        type: bool
      ephemeral_storage:
        description: GiB of the disk. Only on Fargate.
        type: int
      runtime_platform: *platform
      task_role_arn:
        description: The role that the containers have. It must be in the account of the definition.
        type: str
      api_parameters:
        description: All other parameters of the task, by their names in the API of AWS.
        type: dict
  nodes:
    description: Several nodes of a job, on EC2.
    type: dict
    suboptions:
      num_nodes:
        description: How many nodes there are.
        type: int
        required: true
      main_node:
        description: The number of the main node.
        type: int
        default: 0
      ranges:
        description: What runs on which nodes.
        type: list
        elements: dict
        required: true
        suboptions:
          target_nodes:
            description: The nodes, such as V(0:) or V(1:3), in quotes. Together the ranges have all nodes.
            type: str
            required: true
          instance_types:
            description: The instance type of the nodes; Batch takes one.
            type: list
            elements: str
          container: *container
          task: *task
          api_parameters:
            description: All other parameters of the range, by their names in the API of AWS.
            type: dict
  parameters:
    description: Values for the placeholders C(Ref::NAME) in commands, which a job can override.
    type: dict
  retry_strategy:
    description: When a job that failed is tried again.
    type: dict
    suboptions:
      attempts:
        description: How often a job is tried at most, 1 to 10.
        type: int
        required: true
      evaluate_on_exit:
        description: Conditions, of which the first one that fits decides.
        type: list
        elements: dict
        suboptions:
          action:
            description: V(RETRY) or V(EXIT).
            type: str
            required: true
          on_status_reason:
            description: A pattern for the status reason, such as V(Host EC2*).
            type: str
          on_reason:
            description: A pattern for the reason.
            type: str
          on_exit_code:
            description: A pattern for the exit code.
            type: str
  timeout:
    description: Seconds after which an attempt is ended, at least 60.
    type: int
  scheduling_priority:
    description: The priority of jobs in queues with a fair share policy, 0 to 9999.
    type: int
  propagate_tags:
    description: Whether tasks of ECS get the tags of their job or job definition.
    type: bool
author:
  - crossaccount.registry contributors (@crossaccount)
seealso:
  - module: crossaccount.registry.ecs_task_definition
  - module: crossaccount.registry.secretsmanager_registry_credential
  - module: crossaccount.registry.secretsmanager_secret_policy
  - name: Private registry authentication for jobs
    description: What AWS says about credentials of private registries.
    link: https://docs.aws.amazon.com/batch/latest/userguide/private-registry.html
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
  crossaccount.registry.batch_job_definition:
    region: eu-west-1
    name: payments-report
    platform_capabilities: [FARGATE]
    container:
      image: quay.example.com/payments/report:1.4
      repository_credentials: arn:aws:secretsmanager:eu-west-1:444455556666:secret:registry/quay-AbCdEf
      execution_role_arn: arn:aws:iam::111122223333:role/ecsTaskExecutionRole
      vcpus: 0.25
      memory: 512
      command: [report, "Ref::month"]
    parameters:
      month: last
    timeout: 3600

- name: Run it on EC2, with a secret of the same account and region, and keep two revisions
  crossaccount.registry.batch_job_definition:
    region: eu-west-1
    name: payments-report
    container:
      image: quay.example.com/payments/report:1.4
      repository_credentials: registry/quay
      execution_role_arn: arn:aws:iam::111122223333:role/ecsTaskExecutionRole
      vcpus: 2
      memory: 4096
      command: [report, "Ref::month"]
    parameters:
      month: last
    retry_strategy:
      attempts: 3
      evaluate_on_exit:
        - {action: RETRY, on_status_reason: "Host EC2*"}
        - {action: EXIT, on_reason: "*"}
    timeout: 3600
    keep_revisions: 2

- name: Run two containers in each job
  crossaccount.registry.batch_job_definition:
    region: eu-west-1
    name: payments-import
    task:
      execution_role_arn: arn:aws:iam::111122223333:role/ecsTaskExecutionRole
      containers:
        - name: database
          image: public.ecr.aws/docker/library/postgres:17
          essential: false
          vcpus: 1
          memory: 1024
        - name: import
          image: quay.example.com/payments/import:1.4
          repository_credentials: registry/quay
          vcpus: 1
          memory: 1024
          depends_on:
            - container_name: database

- name: Run on four nodes
  crossaccount.registry.batch_job_definition:
    region: eu-west-1
    name: payments-simulation
    nodes:
      num_nodes: 4
      ranges:
        - target_nodes: "0:"
          container:
            image: quay.example.com/payments/simulation:1.4
            repository_credentials: registry/quay
            execution_role_arn: arn:aws:iam::111122223333:role/ecsTaskExecutionRole
            vcpus: 8
            memory: 16384

- name: Deregister all revisions
  crossaccount.registry.batch_job_definition:
    region: eu-west-1
    name: payments-simulation
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
      sample: payments-report
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
      sample: arn:aws:batch:eu-west-1:111122223333:job-definition/payments-report:1
    previous_revision:
      description: The number of the latest active revision before the task.
      type: int
      sample: null
    fields_changed:
      description: The paths of what differs from the latest revision, by the names of the API of AWS.
      type: list
      elements: str
      sample: [containerProperties, jobDefinitionName, parameters, platformCapabilities, timeout, type]
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
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.job_definitions import JobDefinitions
from ansible_collections.crossaccount.registry.plugins.module_utils._aws.module import RegistryAWSModule
from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.job_definition import (
    JOB_SPEC,
    check_name,
    job_request,
)
from ansible_collections.crossaccount.registry.plugins.module_utils._definitions.job_requirements import check_job


def main() -> None:
    module = RegistryAWSModule(
        argument_spec={**DEFINITION_SPEC, **JOB_SPEC, "name": {"type": "str", "required": True}},
        mutually_exclusive=[("container", "task", "nodes")],
    )
    service = Service("batch", "RegisterJobDefinition", "name", check_name, job_request, check_job, JobDefinitions)
    module.run(lambda: manage(module, service))


if __name__ == "__main__":
    main()
