# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This code is PRIVATE to the collection. It may change at any time.


"""Which texts Ansible renders as templates."""

from __future__ import annotations

from typing import Any

from ansible.utils.unsafe_proxy import wrap_var

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.18, which renders all that is not marked

    def trust_as_template(value: str) -> str:
        return value


def never_rendered(value: Any) -> Any:
    """What a service said, as the value of a host variable: no text in it is rendered.

    A text that could not be a template is not marked. C(ansible-inventory --list) shows a marked one as a mapping of
    C(__ansible_unsafe), which AWX takes for one; https://github.com/ansible-collections/community.general/issues/8212.
    """
    if isinstance(value, dict):
        return {key: never_rendered(item) for key, item in value.items()}
    if isinstance(value, list):
        return [never_rendered(item) for item in value]
    if isinstance(value, str) and "{" not in value and "#jinja2" not in value:
        return trust_as_template(value)
    return wrap_var(value)
