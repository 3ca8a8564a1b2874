# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The database of one AWX: objects by their ids, which no two objects of whatever kind share, and the lists that link them."""

from __future__ import annotations

import copy
import itertools
import typing as t

from . import credential_types, surveys
from .errors import Refused, invalid, not_found
from .kinds import KINDS, REQUIRED, RUN, Kind
from .projects import Projects

Object = dict[str, t.Any]


class Store:
    """`projects` are what can be checked out."""

    def __init__(self, projects: Projects) -> None:
        self._ids, self._projects = itertools.count(1), projects
        self._objects: dict[str, dict[int, Object]] = {kind: {} for kind in KINDS}
        self._links: dict[tuple[int, str], list[int]] = {}
        self.surveys: dict[int, dict[str, t.Any]] = {}
        self.updates: dict[int, str] = {}
        self.create("organizations", {"name": "Default"})

    def all(self, kind: str) -> list[Object]:
        """The objects of a kind in the order of their ids, with their secrets; those of all kinds that run for unified_job_templates."""
        kinds = RUN if kind == "unified_job_templates" else (kind,)
        return sorted((one for name in kinds for one in self._objects[name].values()), key=lambda one: int(one["id"]))

    def get(self, kind: str, identity: int) -> Object:
        found = next((one for one in self.all(kind) if one["id"] == identity), None)
        if found is None:
            raise not_found()
        return found

    def linked(self, identity: int, name: str) -> list[int]:
        """The ids in a list of an object."""
        return list(self._links.get((identity, name), []))

    def create(self, kind: str, given: Object) -> Object:
        """A new object; raises Refused. Fields that AWX does not know are ignored."""
        spec = KINDS[kind]
        for name, default in spec.fields.items():
            if default is REQUIRED and given.get(name) in (None, ""):
                raise invalid(name, "This field is required." if name not in given else "This field may not be blank.")
        new = {name: self._value(default, given.get(name)) for name, default in spec.fields.items()}
        return self._keep(kind, {"id": next(self._ids), **new}, None)

    def change(self, kind: str, identity: int, given: Object) -> Object:
        """Changes the fields that are given; raises Refused."""
        old = self.get(kind, identity)
        spec = KINDS[kind]
        new = {name: self._value(default, given[name]) for name, default in spec.fields.items() if name in given}
        if kind == "credentials" and "inputs" in new:
            kept = {name: old["inputs"].get(name) for name, value in new["inputs"].items() if value == credential_types.MASK}
            new["inputs"] = {**new["inputs"], **kept}
        return self._keep(kind, {**old, **new}, old)

    @staticmethod
    def _value(default: t.Any, value: t.Any) -> t.Any:
        return copy.deepcopy(value if value is not None or default is REQUIRED else default)

    def _keep(self, kind: str, new: Object, old: Object | None) -> Object:
        spec = KINDS[kind]
        self._check_types(spec, new)
        for name, other in spec.refers.items():
            if new[name] is not None and new[name] not in [one["id"] for one in self.all(other)]:
                raise invalid(name, f'Invalid pk "{new[name]}" - object does not exist.')
        if kind == "job_templates":
            # It is in the organization of its project.
            new["organization"] = None if new["project"] is None else self.get("projects", new["project"])["organization"]
        self._check(kind, new)
        self._check_unique(kind, spec, new)
        if kind == "projects":
            self._update(new, old)
        self._objects[kind][new["id"]] = new
        return new

    @staticmethod
    def _check_types(spec: Kind, new: Object) -> None:
        for name, default in spec.fields.items():
            if isinstance(default, bool) and not isinstance(new[name], bool):
                raise invalid(name, "Must be a valid boolean.")
            if isinstance(default, int) and not isinstance(new[name], int):
                raise invalid(name, "A valid integer is required.")
            if isinstance(default, str) and not isinstance(new[name], str):
                raise invalid(name, "Not a valid string.")
            if isinstance(default, dict) and not isinstance(new[name], dict):
                raise invalid(name, "Value must be valid JSON." if name == "extra_data" else f"{new[name]!r} is not of type 'object'")

    def _check_unique(self, kind: str, spec: Kind, new: Object) -> None:
        for other in self._objects[kind].values():
            if other["id"] != new["id"] and all(other[name] == new[name] for name in spec.unique):
                title = spec.type.replace("_", " ").title()
                if len(spec.unique) == 1:
                    raise invalid("name", f"{title} with this Name already exists.")
                told = f"({', '.join(spec.unique)}) combination" if spec.unique_softly else " and ".join(map(str.capitalize, spec.unique))
                raise invalid("__all__", f"{title} with this {told} already exists.")

    def _check(self, kind: str, new: Object) -> None:
        if kind == "credential_types":
            credential_types.check_type(new["kind"], new["inputs"], new["injectors"])
        elif kind == "credentials":
            credential_types.check_credential(self.get("credential_types", new["credential_type"]), new["inputs"])
        elif kind == "projects" and new["scm_type"] and not new["scm_url"]:
            raise invalid("scm_url", "SCM URL is required.")
        elif kind == "inventory_sources" and new["source"] == "scm" and new["source_project"] is None:
            raise invalid("source_project", "Project required for scm type sources.")
        elif kind == "job_templates":
            self._check_job_template(new)
        elif kind == "workflow_job_template_nodes":
            self._check_node(new)

    def _check_job_template(self, new: Object) -> None:
        if new["project"] is None:
            raise invalid("project", "This field is required.")
        if not new["playbook"]:
            raise invalid("playbook", "Must select playbook for project.")
        if new["playbook"] not in self._projects.playbooks(self.get("projects", new["project"])["scm_url"]):
            raise invalid("playbook", "Playbook not found for project.")
        if new["inventory"] is None and not new["ask_inventory_on_launch"]:
            raise invalid("inventory", "You must either set a default value or ask to prompt on launch.")
        if new["job_slice_count"] < 1:
            raise invalid("job_slice_count", "Ensure this value is greater than or equal to 1.")

    def _check_node(self, new: Object) -> None:
        template = self._objects["job_templates"].get(new["unified_job_template"] or 0)
        asked = {one["variable"] for one in self.surveys.get(new["unified_job_template"], {}).get("spec", [])}
        if template is None or not template["survey_enabled"]:
            asked = set()
        refused = sorted(set(new["extra_data"]) - asked)
        if refused and not (template or {}).get("ask_variables_on_launch"):
            told = f"Variables {', '.join(refused)} are not allowed on launch. "
            raise invalid("variables", f"{told}Check the Prompt on Launch setting on the Job Template to include Extra Variables.")

    def _update(self, new: Object, old: Object | None) -> None:
        """The update that a new or changed source begins; it ends at once. An update tells what playbooks there are."""
        new.setdefault("scm_revision", "")
        new.pop("current_update", None)
        source = ("scm_type", "scm_url", "scm_branch", "credential")
        if not new["scm_type"] or (old is not None and all(old[name] == new[name] for name in source)):
            return
        new["current_update"] = next(self._ids)
        known = self._projects.known(new["scm_url"])
        self.updates[new["current_update"]] = "successful" if known else "failed"
        new["scm_revision"] = "0123456789abcdef0123456789abcdef01234567" if known else ""

    def delete(self, kind: str, identity: int) -> None:
        """Deletes an object with what belongs to it; what refers to it refers to nothing afterwards."""
        self.get(kind, identity)
        if kind == "credential_types" and any(one["credential_type"] == identity for one in self.all("credentials")):
            raise Refused(403, {"detail": "Credential types that are in use cannot be deleted"})
        del self._objects[kind][identity]
        self.surveys.pop(identity, None)
        for key in [key for key in self._links if key[0] == identity]:
            del self._links[key]
        for ids in self._links.values():
            ids[:] = [one for one in ids if one != identity]
        for other, spec in KINDS.items():
            for one in self.all(other):
                for name in spec.refers:
                    if one[name] == identity and name == spec.owned_by:
                        self.delete(other, one["id"])
                        break
                    if one[name] == identity:
                        one[name] = None

    def link(self, kind: str, identity: int, name: str, other: int, remove: bool) -> None:
        """Puts an object into a list of another one, or takes it out; raises Refused."""
        one, found = self.get(kind, identity), self.get(KINDS[kind].linked[name], other)
        ids = self._links.setdefault((identity, name), [])
        if remove:
            ids[:] = [each for each in ids if each != other]
            return
        if kind == "job_templates" and name == "credentials":
            kinds = [self.get("credentials", each)["credential_type"] for each in ids]
            if found["credential_type"] in kinds:
                its_type = self.get("credential_types", found["credential_type"])["name"]
                raise Refused(400, {"error": f"Cannot assign multiple {its_type} credentials."})
        if kind == "workflow_job_template_nodes":
            if one["workflow_job_template"] != found["workflow_job_template"]:
                raise Refused(400, {"Error": "Nodes belong to different workflow job templates."})  # in words of our own
            if identity in self._descendants(other):
                raise Refused(400, {"Error": "Cycle detected."})
        if kind == "groups" and one["inventory"] != found["inventory"]:
            raise Refused(400, {"error": "Inventory mismatch"})  # in words of our own
        if other not in ids:
            ids.append(other)

    def _descendants(self, identity: int) -> set[int]:
        found, waiting = set(), [identity]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                for name in KINDS["workflow_job_template_nodes"].linked:
                    waiting += self.linked(one, name)
        return found

    def set_survey(self, kind: str, identity: int, spec: dict[str, t.Any]) -> None:
        """Makes this the survey of a template; raises Refused for what is none."""
        self.get(kind, identity)
        self.surveys[identity] = surveys.check_spec(copy.deepcopy(spec))
