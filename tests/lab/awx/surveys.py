# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Surveys: which are accepted, and which answers are. As JobTemplateSurveySpec and SurveyJobTemplateMixin of AWX 24 do it."""

from __future__ import annotations

import typing as t

from .errors import Refused

TYPES: dict[str, type] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": float,
}
_LABELS: dict[type, str] = {str: "string", bool: "boolean", list: "list of items"}


def _refuse(text: str) -> t.NoReturn:
    raise Refused(400, {"error": text})


def check_spec(spec: dict[str, t.Any]) -> dict[str, t.Any]:
    """A survey as it is stored; raises Refused for what is none."""
    for name, kind in (("name", str), ("description", str), ("spec", list)):
        if name not in spec:
            _refuse(f"Field '{name}' is missing from survey spec.")
        if not isinstance(spec[name], kind):
            _refuse(f"Expected {_LABELS[kind]} for field '{name}', received {type(spec[name]).__name__} type.")
    if not spec["spec"]:
        _refuse("'spec' doesn't contain any items.")
    seen: set[str] = set()
    for number, question in enumerate(spec["spec"]):
        _check_question(number, question)
        if question["variable"] in seen:
            _refuse(f"'variable' '{question['variable']}' duplicated in survey question {number}.")
        seen.add(question["variable"])
    return spec


def _check_question(number: int, question: t.Any) -> None:
    if not isinstance(question, dict):
        _refuse(f"Survey question {number} is not a json object.")
    for name in ("type", "question_name", "variable", "required"):
        if name not in question:
            _refuse(f"'{name}' missing from survey question {number}")
        kind = bool if name == "required" else str
        if not isinstance(question[name], kind):
            _refuse(f"'{name}' in survey question {number} expected to be {_LABELS[kind]}.")
    if question["type"] not in TYPES:
        allowed = ", ".join(TYPES)
        _refuse(f"'{question['type']}' in survey question {number} is not one of '{allowed}' allowed question types.")
    default, kind = question.get("default", ""), TYPES[question["type"]]
    if default != "" and not isinstance(default, kind):
        label = "string" if kind is str else question["type"]
        _refuse(f"Default value {default} in survey question {number} expected to be {label}.")
    for limit in ("min", "max"):
        if question.get(limit) is not None and not isinstance(question[limit], int):
            _refuse(f"The {limit} limit in survey question {number} expected to be integer.")
    if question["type"] in ("multiplechoice", "multiselect"):
        _check_choices(number, question)


def _check_choices(number: int, question: dict[str, t.Any]) -> None:
    if "choices" not in question:
        _refuse(f"Survey question {number} of type {question['type']} must specify choices.")
    for name in ("choices", "default"):
        if isinstance(question.get(name), str):
            question[name] = "\n".join(choice for choice in question[name].splitlines() if choice.strip())
    defaults = question.get("default", "").splitlines()
    if question["type"] == "multiplechoice" and len(defaults) > 1:
        _refuse("Multiple Choice (Single Select) can only have one default value.")
    if any(one not in question["choices"] for one in defaults):
        _refuse("Default choice must be answered from the choices listed.")


def answers_of(spec: dict[str, t.Any], answers: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The variables of a job: what was answered, and the defaults of what was not; raises Refused for answers that are not allowed.

    What is no question of the survey is ignored.
    """
    found: dict[str, t.Any] = {}
    errors: list[str] = []
    for question in spec.get("spec", []):
        name = question["variable"]
        value = answers.get(name, question.get("default", ""))
        if value == "" and name not in answers:
            if question["required"]:
                errors.append(f"'{name}' value missing")
            continue
        errors += _wrong(question, value)
        found[name] = value
    if errors:
        raise Refused(400, {"variables_needed_to_start": errors})
    return found


def _wrong(question: dict[str, t.Any], value: t.Any) -> list[str]:
    name = question["variable"]
    if question["type"] in ("text", "textarea", "password"):
        if not isinstance(value, str):
            return [f"Value {value} for '{name}' expected to be a string."]
        if question["required"] and len(value) < 1:
            return [f"'{name}' value {value} is too small (length is {len(value)} must be at least 1)."]
    if question["type"] in ("integer", "float") and not isinstance(value, (int, float)):
        return [f"Value {value} for '{name}' expected to be {question['type']}."]
    if question["type"] == "multiplechoice":
        choices = question["choices"] if isinstance(question["choices"], list) else question["choices"].splitlines()
        if value not in choices:
            return [f"Value {value} for '{name}' expected to be one of {choices}."]
    return []
