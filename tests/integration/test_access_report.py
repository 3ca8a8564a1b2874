# Copyright (c) 2026 crossaccount.registry contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of the report, as the role writes it, with and without scripts, in a real browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.integration.access_samples import SEVERITIES, finding, result, results, row
from tests.integration.debian import debian_program
from tests.integration.playbooks import run

HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\">",
    "</script><script>document.title='owned'</script>",
    "<!--<script>",
    "--></style></td></table>",
    "'\"><svg/onload=document.title='owned'>",
    "{{ 7 * 7 }} {% raw %}",
    "\u2028\u2029 javascript:alert(1) &lt;b&gt; &amp;",
)
SAMPLES = {
    "five": results(5),
    "many": results(500, 12, trouble_every=40, findings=60),
    "none": results(0, findings=0)[:0],
    "hostile": [
        result(
            HOSTILE[0],
            HOSTILE[1],
            [HOSTILE[2]],
            checks=[
                row("444455556666", name, name, "pull", "no_policy")
                | dict.fromkeys(("principal", "reason", "document", "statement", "grant", "region"), name)
                for name in HOSTILE
            ],
            findings=[
                finding(number)
                | dict.fromkeys(("rule", "message", "remedy", "document", "statement", "principal"), name)
                | {"repositories": [name]}
                for number, name in enumerate(HOSTILE)
            ],
            access=[
                {
                    **dict.fromkeys(("account", "region", "source", "principal", "kind", "condition", "principal_account"), name),
                    **{key: [name] for key in ("resources", "statements", "access_levels", "actions")},
                    "resources_count": 1,
                }
                for name in HOSTILE
            ],
            not_checked=[{"subject": name, "reason": name} for name in HOSTILE],
        )
    ],
}
PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_role:
        name: crossaccount.registry.access_verification
        tasks_from: report
      vars:
        access_verification_report_path: "{{ folder }}/{{ sample }}.html"
        access_verification_report_title: "Access <b>of</b> {{ sample }}"
        access_verification_report_hosts: []
        access_verification_report_results: "{{ lookup('ansible.builtin.file', folder ~ '/' ~ sample ~ '.lines').splitlines() }}"
      loop: "{{ samples }}"
      loop_control: {loop_var: sample}
    - block:
        - ansible.builtin.include_role:
            name: crossaccount.registry.access_verification
            tasks_from: report
          vars:
            access_verification_report_path: "{{ folder }}/page.json"
            access_verification_report_hosts: []
            access_verification_report_results: []
        - ansible.builtin.fail: {msg: the page and the JSON are one file}
      rescue:
        - ansible.builtin.assert:
            that: "'is the path of the page, and JSON is written beside it' in ansible_failed_result.msg"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each sample as the role writes it: NAME.html and NAME.json."""
    folder = tmp_path_factory.mktemp("reports")
    for name, parts in SAMPLES.items():
        (folder / f"{name}.lines").write_text("".join(f"{json.dumps(part)}\n" for part in parts))
    run(PLAY, os.environ, variables={"folder": str(folder), "samples": list(SAMPLES)}).succeeded()
    return folder


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


class Page(HTMLParser):
    """A page's elements in their order, each with all text in it."""

    VOID = ("meta", "input", "br", "link", "img")

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in self.VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.texts.append(data)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements with a tag and attributes; ``within`` names one of several classes."""
        within = attributes.pop("within", None)
        return [
            one
            for one in self.elements
            if one.tag == tag
            and all(one.attributes.get(name) == value for name, value in attributes.items())
            and (within is None or within in (one.attributes.get("class") or "").split())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        (found,) = self.all(tag, **attributes)
        return found


def checks_in(name: str) -> int:
    """How many different questions a sample has."""
    rows = [row for part in SAMPLES[name] for row in part.get("checks", [])]
    return len({tuple(row[key] for key in ("principal", "registry_account", "region", "repository", "access")) for row in rows})


def page_of(folder: Path, name: str) -> Page:
    return Page((folder / f"{name}.html").read_text())


# -- what is written ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_has_the_same_data_as_the_json(folder: Path, name: str) -> None:
    embedded = page_of(folder, name).one("script", id="report-data").text
    report = json.loads((folder / f"{name}.json").read_text())
    assert json.loads(embedded) == json.loads(" ".join(json.dumps(report).split()))
    assert report["format"] == 1
    assert checks_in(name) == len(report["checks"])
    assert page_of(folder, name).one("h1").text == report["headline"]


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_can_be_loaded(folder: Path, name: str) -> None:
    page = page_of(folder, name)
    policy = str(
        next(one for one in page.all("meta") if one.attributes.get("http-equiv") == "Content-Security-Policy").attributes["content"]
    )
    nonce = re.fullmatch(
        r"default-src 'none'; style-src 'nonce-(\w{64})'; script-src 'nonce-\1'; base-uri 'none'; form-action 'none'", policy
    )
    assert nonce
    for element in page.elements:
        assert element.tag not in ("link", "img", "iframe", "object", "embed", "base", "svg", "audio", "video")
        assert not {"src", "srcset", "style"} & element.attributes.keys()
        assert not any(name.startswith("on") for name in element.attributes)
        assert (element.attributes.get("href") or "#").startswith("#")
    assert [one.attributes.get("nonce") for one in page.elements if one.tag in ("script", "style")] == [nonce[1], None, nonce[1]]
    style = page.one("style").text
    assert "url(" not in style and "@import" not in style


def test_without_scripts_there_are_plain_tables(folder: Path) -> None:
    report = json.loads((folder / "five.json").read_text())
    source = (folder / "five.html").read_text()
    plain = Page(source[source.index('id="plain"') - 20 : source.index("<dialog")])
    rows = [one.text for one in plain.all("tr")]
    problems = [one for one in report["checks"] if one["state"] not in ("works", "denied")]
    assert len(problems) == report["summary"]["problems"] > 10
    assert len(rows) == 2 + len(problems) + len(report["findings"])
    for one in problems:
        assert any(one["principal"] in text and one["repository"] in text and one["reason"] in text for text in rows)
    assert page_of(folder, "five").one("div", id="app").attributes.get("hidden") is None
    assert "hidden" in page_of(folder, "five").one("div", id="app").attributes
    assert "organization o-a1b2c3d4e5: its members are not known" in source


def test_hostile_names_are_text(folder: Path) -> None:
    page = page_of(folder, "hostile")
    cells = [one.text for one in page.all("td")]
    for name in HOSTILE:
        assert any(" ".join(name.split()) in text for text in cells), name
    assert len(page.all("script")) == 2
    assert page.one("title").text.endswith("Access <b>of</b> hostile")


def test_a_page_for_500_accounts_stays_small(folder: Path) -> None:
    rows = sum(len(part.get("checks", [])) for part in SAMPLES["many"])
    assert rows > 20_000
    assert (folder / "many.html").stat().st_size < 1_000 * rows
    assert len(page_of(folder, "many").all("tr")) < 1_100


# -- in a browser -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Path:
    """Chromium without a window."""
    return debian_program("chromium-headless-shell", "chromium-headless-shell", "usr/lib/chromium/chromium-headless-shell")


@dataclass
class Look:
    """A page as it is after its scripts have run, and what the browser said about it."""

    page: Page
    console: list[str]


@pytest.fixture
def look(browser: Path, folder: Path, tmp_path: Path) -> Any:
    """Opens a sample with an address, and runs a script in it, which may await and fill the result."""

    def opened(name: str, address: str = "", script: str = "", width: int = 1440) -> Look:
        source = (folder / f"{name}.html").read_text()
        if script:
            (nonce,) = set(re.findall(r'<script nonce="(\w+)"', source))
            added = f'<script nonce="{nonce}">(async () => {{ {script} }})().catch((error) => console.error(error));</script>'
            source = source.replace("</body>", f"{added}</body>")
        file = tmp_path / "page.html"
        file.write_text(source)
        command = [str(browser), "--no-sandbox", "--disable-gpu", f"--window-size={width},1000", "--virtual-time-budget=5000"]
        command += ["--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}", "--proxy-server=127.0.0.1:9"]
        done = subprocess.run(
            [*command, "--dump-dom", f"{file.as_uri()}{'#' if address else ''}{address}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        return Look(Page(done.stdout), [line for line in done.stderr.splitlines() if "CONSOLE" in line])

    return opened


def tabs(page: Page) -> list[str]:
    return [one.text for one in page.all("button", role="tab")]


def lines(page: Page) -> list[str]:
    """The rows of the list that is shown."""
    return [one.text for one in page.all("tr", within="opens")]


def said(page: Page) -> list[str]:
    return [one.text for one in page.elements if one.attributes.get("aria-live") == "polite"]


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("name", SAMPLES)
def test_it_renders(look: Any, name: str, width: int) -> None:
    seen = look(name, width=width, script="document.body.dataset.wide = document.documentElement.scrollWidth > innerWidth")
    assert seen.console == []
    assert seen.page.one("html").attributes["data-ready"] == "yes"
    assert seen.page.one("body").attributes["data-wide"] == "false"
    assert not seen.page.all("div", id="plain")
    assert "hidden" not in seen.page.one("div", id="app").attributes
    assert tabs(seen.page)[0] == f"Accesses {checks_in(name):,}"
    states = [one for one in seen.page.all("button", within="count") if one.attributes["data-list"] == "accesses"]
    assert sum(int("".join(re.findall(r"\d", one.text))) for one in states) == checks_in(name)


def test_a_small_report_is_a_matrix_on_wide_screens_and_a_list_on_phones(look: Any) -> None:
    wide, narrow = look("five").page, look("five", width=390).page
    assert len(wide.all("button", within="cell")) == 101 and not lines(wide)
    assert [one.attributes["scope"] for one in wide.all("th")][:3] == ["col", "col", "col"]
    broken = wide.all("button", within="is-broken")
    assert any(one.text.endswith("does not work") for one in broken)
    assert len(lines(narrow)) == 100 and not narrow.all("button", within="cell")
    assert lines(narrow)[0].startswith("✕Does not work")


def test_a_large_report_is_a_list_that_grows(look: Any) -> None:
    seen = look("many", "form=matrix").page
    assert 100 <= len(lines(seen)) < 1000
    assert said(seen)[0] == "24,001 accesses"
    assert seen.one("button", **{"data-form": "matrix"}).attributes.get("disabled") == ""
    assert seen.one("table", role="table").attributes["aria-rowcount"] == "24002"


@pytest.mark.parametrize(
    ("address", "count", "every"),
    [
        ("state=broken", "8 of 101 accesses", "Does not work"),
        ("state=problems", "16 of 101 accesses", ""),
        ("account=400000000002", "20 of 101 accesses", "team-002"),
        ("repository=app-003", "20 of 101 accesses", "team/app-003"),
        ("access=push", "50 of 101 accesses", "push"),
        ("q=TEAM-001+builder+denied", None, "ci/builder"),
        ("q=nowhere", "0 of 101 accesses", ""),
    ],
)
def test_filters_and_search(look: Any, address: str, count: str | None, every: str) -> None:
    seen = look("five", f"form=list&{address}")
    assert seen.console == []
    if count:
        assert said(seen.page)[0] == count
        assert len(lines(seen.page)) == int(count.split()[0])
    assert all(every in line for line in lines(seen.page))
    assert lines(seen.page) or "Nothing matches the filter." in seen.page.one("div", within="empty").text


def test_findings_are_filtered_by_severity_and_rule(look: Any) -> None:
    for severity in SEVERITIES:
        seen = look("many", f"list=findings&severity={severity}").page
        assert len(lines(seen)) == 12
        assert all(severity in line.lower() for line in lines(seen))
    assert len(lines(look("many", "list=findings&rule=no-policy").page)) == 12
    assert len(lines(look("five", "list=reach&access=pull").page)) == 5


def test_it_sorts_by_a_click_on_a_heading(look: Any) -> None:
    click = "for (let n = 0; n < {}; n++) document.querySelectorAll('#panel-accesses thead button')[3].click();"
    up, down = (look("five", "form=list", click.format(times)).page for times in (1, 2))
    assert [one.attributes.get("aria-sort") for one in up.all("th", role="columnheader")][:5] == ["none", "none", "none", "ascending", None]
    order = [re.findall(r"team/app-\d+", line)[0] for line in lines(up)]
    assert order == sorted(order)
    order = [re.findall(r"team/app-\d+", line)[0] for line in lines(down)]
    assert order == sorted(order, reverse=True)


def test_what_is_typed_and_chosen_is_in_the_address(look: Any) -> None:
    script = """
      const field = (name) => document.querySelector(`#panel-accesses [name=${name}]`);
      field("q").value = "builder";
      field("q").dispatchEvent(new Event("input"));
      await new Promise((resolve) => setTimeout(resolve, 500));
      field("state").value = "broken";
      field("state").dispatchEvent(new Event("change"));
      document.body.dataset.address = location.hash;
    """
    seen = look("five", "form=list", script)
    assert seen.console == []
    address = str(seen.page.one("body").attributes["data-address"])
    assert {"q=builder", "state=broken", "form=list"} <= set(address.lstrip("#").split("&"))
    assert lines(look("five", address.lstrip("#")).page) == lines(seen.page) != []
    assert "hidden" not in seen.page.all("button", within="reset")[0].attributes


def test_a_count_shows_what_it_counts(look: Any) -> None:
    seen = look("five", "form=list", "document.querySelector('.count[value=undeclared]').click()").page
    assert said(seen)[0] == "3 of 101 accesses"
    assert seen.one("button", value="undeclared").attributes["aria-pressed"] == "true"


def test_each_row_says_why_and_what_is_missing(look: Any) -> None:
    """By keyboard: the text of a row is a button; Escape closes and gives the focus back."""
    script = """
      const button = document.querySelector("#panel-accesses .why");
      button.focus();
      button.click();
      document.body.dataset.inside = document.activeElement.textContent;
      document.body.dataset.detail = document.getElementById("details").innerText;
      document.getElementById("details").close();
      await new Promise((resolve) => setTimeout(resolve, 100));
      document.body.dataset.back = document.activeElement === button;
      document.body.dataset.address = location.hash;
    """
    seen = look("five", "form=list&q=identity&state=broken", script)
    assert seen.console == []
    body = seen.page.one("body").attributes
    detail = str(body["data-detail"])
    assert body["data-inside"] == "Close" and body["data-back"] == "true"
    assert "This statement belongs in the identity policy of " in detail
    assert "in account team-" in detail
    assert '"Effect": "Allow"' in detail and "Copy the statement" in detail
    assert "identity policies of" in detail and "ecr:BatchGetImage" in detail
    assert body["data-address"] == "#q=identity&form=list&state=broken"


def test_a_link_to_a_row_opens_it(look: Any) -> None:
    key = "arn:aws:iam::400000000001:role/ci/builder|111122223333|eu-west-1|team/app-004|pull"
    seen = look("five", f"open={key}").page
    assert "open" in seen.one("dialog").attributes
    assert "ci/builder: pull team/app-004" in seen.one("dialog").text


def test_hostile_names_do_nothing_in_any_part(look: Any) -> None:
    script = """
      for (const list of ["accesses", "findings", "reach", "about"]) {
        document.getElementById(`tab-${list}`).click();
        for (const button of document.querySelectorAll(`#panel-${list} .why, #panel-${list} .cell`)) {
          button.click();
          document.getElementById("details").close();
        }
      }
      dispatchEvent(new Event("beforeprint"));
    """
    seen = look("hostile", "form=list", script)
    assert seen.console == []
    assert not [one for one in seen.page.elements if one.tag in ("img", "svg", "iframe")]
    assert len(seen.page.all("script")) == 3
    assert "owned" not in seen.page.one("title").text.replace(SAMPLES["hostile"][0]["host"], "")
    for name in HOSTILE:
        assert any(" ".join(name.split()) in line for line in lines(seen.page)), name


def test_on_paper_there_is_everything_that_the_filter_shows(look: Any) -> None:
    seen = look("five", "", "dispatchEvent(new Event('beforeprint'))").page
    assert len(lines(seen)) == 101 + 7 + 5
    statements = [json.loads(one.text) for one in seen.all("pre")]
    assert statements and all(one["Effect"] == "Allow" for one in statements)


def test_the_theme_switches(look: Any) -> None:
    def theme(clicks: int) -> str | None:
        page = look("five", "", "".join(["document.getElementById('theme').click();"] * clicks)).page
        return page.one("html").attributes.get("data-theme")

    assert [theme(clicks) for clicks in range(4)] == [None, "dark", "light", None]


def test_contrast(folder: Path) -> None:
    """Text and ground of each state and severity, in both schemes, as WCAG AA asks."""
    style = page_of(folder, "five").one("style").text
    schemes = re.findall(r":root(?:\[data-theme=\"dark\"\])? \{ color-scheme: (light|dark); (.*?) \}", style)
    assert {name for name, _values in schemes} == {"light", "dark"}
    for _name, values in schemes:
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", values))
        for tone in ("bad", "warn", "odd", "dim", "good"):
            assert contrast(colours[tone], colours[f"{tone}-ground"]) >= 4.5, tone
            assert contrast(colours[tone], colours["surface"]) >= 4.5, tone
        for ground in ("paper", "surface", "sunken"):
            for ink in ("ink", "muted", "accent"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
            assert contrast(colours["edge"], colours[ground]) >= 3, ground


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
