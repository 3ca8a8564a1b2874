/*
 * Copyright (c) 2026 crossaccount.registry contributors
 * GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/*
 * Shows the report. Names of repositories, principals and statements come from outside: they only ever become text nodes and
 * attributes, never markup. Nothing is loaded and nothing is sent; the page's security policy forbids both.
 */
"use strict";

(() => {
  const report = JSON.parse(document.getElementById("report-data").textContent);

  // -- Words -----------------------------------------------------------------------------------------------------------

  /** state -> [sign, what it is called, what it means] */
  const STATES = {
    broken: ["✕", "Does not work", "Declared, but AWS denies it, or its policies do."],
    undeclared: ["!", "Not declared", "It works although nobody declared it."],
    contradiction: ["≠", "Contradiction", "The policies say one thing, and AWS did another."],
    unknown: ["?", "Not known", "Something that decides could not be read or tried."],
    works: ["✓", "Works", "Declared, and it works."],
    open: ["○", "Allowed", "It works, and the declaration expects nothing here: whoever else decides about it allows it."],
    denied: ["–", "Denied", "It is denied, as it should be where nothing is declared."],
  };
  const SEVERITIES = {
    critical: ["‼", "Critical"],
    high: ["!", "High"],
    medium: ["▲", "Medium"],
    low: ["▽", "Low"],
    info: ["i", "Info"],
  };
  const SOURCES = { repository_policy: "repository policy", registry_policy: "registry policy", creation_template: "creation template" };
  const EXPECTED = { allowed: "Allowed", denied: "Denied" };
  const FOUND = { allowed: "Allowed", denied: "Denied", unknown: "Not known" };
  const CHUNK = 100;
  const MATRIX_CELLS = 900;
  const MATRIX_COLUMNS = 24;

  // -- Small helpers ---------------------------------------------------------------------------------------------------

  /** An element with attributes (on* are listeners) and children; text becomes a text node. */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
    return element;
  }

  const byId = (id) => document.getElementById(id);
  const plural = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  const distinct = (values) => [...new Set(values)];
  const natural = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;

  const hostOf = new Map();
  for (const host of report.hosts) hostOf.set(host.account, [...(hostOf.get(host.account) || []), host.host]);

  /** An account as people know it: the name of its host, and the id. */
  function accountName(account) {
    const hosts = hostOf.get(account);
    return hosts ? `${hosts.join(", ")} · ${account}` : account;
  }

  /** [what it is, whose it is, account or null] of a principal. */
  function principalParts(principal) {
    const arn = /^arn:[^:]*:(?:iam|sts)::(\d{12}):(.+)$/.exec(principal);
    if (arn) {
      const [kind, ...name] = arn[2].split("/");
      if (arn[2] === "root") return [`account ${arn[1]}`, accountName(arn[1]), arn[1]];
      return [name.join("/") || kind, `${kind} in ${accountName(arn[1])}`, arn[1]];
    }
    if (/^\d{12}$/.test(principal)) return [`account ${principal}`, hostOf.has(principal) ? accountName(principal) : "", principal];
    const service = /^([a-z0-9.-]+\.amazonaws\.com(?:\.cn)?)\/(\d{12})$/.exec(principal);
    if (service) return [service[1], `service for ${accountName(service[2])}`, service[2]];
    return [principal === "*" ? "everyone (*)" : principal, "", (/:(\d{12}):/.exec(principal) || [])[1] || null];
  }

  const registryName = (row) => `${row.region} · ${accountName(row.registry_account || row.account)}`;

  function badge(kind, words) {
    const [sign, text] = words[kind] || ["", kind];
    return make("span", { class: `badge is-${kind}` }, make("span", { "aria-hidden": "true" }, sign), text);
  }

  const who = (principal) => {
    const [name, side] = principalParts(principal);
    return [make("span", { class: "main" }, name), side && make("span", { class: "side" }, side)];
  };

  // -- The three lists -------------------------------------------------------------------------------------------------

  const stateRank = Object.fromEntries(Object.keys(STATES).map((state, rank) => [state, rank]));
  const severityRank = Object.fromEntries(Object.keys(SEVERITIES).map((severity, rank) => [severity, rank]));

  /*
   * name -> rows, what its filters take from a row (a list of values each), and its columns:
   * [title, class, sort key or null, cell's content].
   */
  const lists = {
    accesses: {
      rows: report.checks,
      one: "access",
      many: "accesses",
      none: "No access was checked.",
      filters: {
        state: (row) => [row.state],
        account: (row) => [principalParts(row.principal)[2], row.registry_account],
        repository: (row) => [row.repository],
        access: (row) => [row.access],
      },
      columns: [
        ["State", "col-state", (row) => stateRank[row.state], (row) => badge(row.state, STATES)],
        ["Access", "col-access", (row) => row.access, (row) => row.access],
        ["Who", "col-who", (row) => row.principal, (row) => who(row.principal)],
        ["Repository", "col-where", (row) => row.repository, (row) => [make("span", { class: "main" }, row.repository), make("span", { class: "side" }, registryName(row))]],
        ["Why", "sentence", null, (row) => [why(row, row.reason), paper(row)]],
      ],
      key: (row) => [row.principal, row.registry_account, row.region, row.repository, row.access].join("|"),
      detail: accessDetail,
    },
    findings: {
      rows: report.findings,
      one: "finding",
      many: "findings",
      none: "Nothing to report.",
      filters: {
        severity: (row) => [row.severity],
        account: (row) => [row.account],
        repository: (row) => row.repositories || [row.repository],
        rule: (row) => [row.rule],
      },
      columns: [
        ["Severity", "col-rank", (row) => severityRank[row.severity], (row) => badge(row.severity, SEVERITIES)],
        ["What", "sentence", (row) => row.message, (row) => [why(row, row.message), make("span", { class: "remedy" }, row.remedy)]],
        ["Where", "col-where", (row) => row.repository || (row.repositories || [])[0] || "", (row) => [make("span", { class: "main" }, place(row)), make("span", { class: "side" }, registryName(row))]],
        ["Rule", "col-state", (row) => row.rule, (row) => make("span", { class: "muted" }, row.rule)],
      ],
      key: (row) => [row.rule, row.account, row.region, row.document, row.statement, row.principal, place(row)].join("|"),
      detail: findingDetail,
    },
    reach: {
      rows: report.access,
      one: "entry",
      many: "entries",
      none: "Nobody outside has access, or no primary account was looked at.",
      filters: {
        account: (row) => [row.principal_account, row.account],
        repository: (row) => row.resources,
        access: (row) => row.access_levels,
        kind: (row) => [row.kind],
      },
      columns: [
        ["Who", "col-who", (row) => row.principal, (row) => who(row.principal)],
        ["May", "col-state", (row) => row.access_levels.join(), (row) => [make("span", { class: "main" }, levels(row)), row.condition && make("span", { class: "side" }, "with a condition")]],
        ["Where", "", (row) => row.resources[0] || "", (row) => [why(row, some(row.resources, row.resources_count)), make("span", { class: "side" }, registryName(row))]],
        ["By", "col-where", (row) => row.source, (row) => [make("span", { class: "main" }, SOURCES[row.source] || row.source), make("span", { class: "side" }, statements(row))]],
      ],
      key: (row) => [row.principal, row.account, row.region, row.source, statements(row), row.resources[0]].join("|"),
      detail: reachDetail,
    },
  };
  const FILTERS = { state: "State", severity: "Severity", account: "Account", repository: "Repository", access: "Access", rule: "Rule", kind: "Kind" };

  const statements = (row) => (row.statements || [row.statement]).filter(Boolean).join(", ");
  const levels = (row) => row.access_levels.join(", ") || plural(row.actions.length, "single action", "single actions");

  function some(names, count = names.length) {
    if (count <= 3) return names.join(", ");
    return `${names.slice(0, 2).join(", ")} and ${count - 2} more`;
  }

  function place(row) {
    if (row.repository) return row.repository;
    return row.repositories && row.repositories.length ? some(row.repositories, row.repositories_count) : row.document;
  }

  /** The text that opens the details of a row. */
  function why(row, text) {
    return make("button", { type: "button", class: "why", "aria-haspopup": "dialog", onclick: (event) => { event.stopPropagation(); open(row); } }, text);
  }

  /** What paper cannot open: the missing statement. */
  function paper(row) {
    return printing && row.missing ? [make("span", { class: "side" }, belongs(row.missing)), make("pre", {}, JSON.stringify(row.missing.statement))] : null;
  }

  for (const list of Object.values(lists)) {
    list.search = new WeakMap();
    list.order = new Map(list.rows.map((row, index) => [row, index]));
  }

  function haystack(list, row) {
    let text = list.search.get(row);
    if (text === undefined) {
      const hosts = list.filters.account(row).flatMap((account) => hostOf.get(account) || []);
      text = `${JSON.stringify(row)} ${hosts.join(" ")} ${row.state ? STATES[row.state][1] : ""}`.toLowerCase();
      list.search.set(row, text);
    }
    return text;
  }

  // -- What is shown: kept in the address, so that a link shows the same --------------------------------------------------

  const view = { list: "", q: "", sort: "", form: "", open: "" };
  let printing = false;
  let shown = CHUNK;

  function firstList() {
    return !report.checks.length && report.findings.length ? "findings" : "accesses";
  }

  function readAddress() {
    const hash = new URLSearchParams(location.hash.slice(1));
    for (const name of Object.keys(view)) view[name] = hash.get(name) || "";
    for (const name of Object.keys(FILTERS)) view[name] = hash.get(name) || "";
    if (!(view.list in lists) && view.list !== "about") view.list = firstList();
  }

  function writeAddress() {
    const hash = new URLSearchParams();
    for (const [name, value] of Object.entries(view)) if (value && !(name === "list" && value === firstList())) hash.set(name, value);
    const text = hash.toString();
    try {
      history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    } catch {
      location.hash = text; // where the browser does not let a local file do this
    }
  }

  function set(changes) {
    Object.assign(view, changes);
    shown = CHUNK;
    writeAddress();
    render();
  }

  function selected(list) {
    const words = view.q.toLowerCase().split(/\s+/).filter(Boolean);
    const filters = Object.entries(list.filters).filter(([name]) => view[name]);
    const rows = list.rows.filter(
      (row) =>
        filters.every(([name, values]) => matches(name, values(row))) && words.every((word) => haystack(list, row).includes(word)),
    );
    const [name, direction] = view.sort.split("-");
    const column = list.columns.find(([title, , key]) => key && title.toLowerCase() === name);
    if (!column) return rows;
    const sign = direction === "down" ? -1 : 1;
    const keyed = rows.map((row) => [column[2](row), row]);
    keyed.sort(([a, x], [b, y]) => sign * (typeof a === "number" ? a - b : natural(a, b)) || list.order.get(x) - list.order.get(y));
    return keyed.map(([, row]) => row);
  }

  function matches(name, values) {
    const wanted = view[name];
    if (name === "state" && wanted === "problems") return !["works", "open", "denied"].includes(values[0]);
    if (name === "repository") return values.some((value) => value && value.includes(wanted.toLowerCase()));
    return values.includes(wanted);
  }

  // -- Drawing ---------------------------------------------------------------------------------------------------------

  function render() {
    for (const name of [...Object.keys(lists), "about"]) {
      byId(`tab-${name}`).setAttribute("aria-selected", String(view.list === name));
      byId(`tab-${name}`).tabIndex = view.list === name ? 0 : -1;
      byId(`panel-${name}`).hidden = view.list !== name;
    }
    for (const count of document.querySelectorAll("button.count")) {
      count.setAttribute("aria-pressed", String(view.list === count.dataset.list && view[count.dataset.filter] === count.value));
    }
    if (view.list in lists) renderList(view.list);
  }

  function renderList(name) {
    const list = lists[name];
    const rows = selected(list);
    const panel = byId(`panel-${name}`);
    syncFilters(panel);
    const small = name === "accesses" && matrixFits(rows);
    const matrix = name === "accesses" && small && (view.form ? view.form === "matrix" : !narrow.matches) && !printing;
    const count = rows.length === list.rows.length ? plural(rows.length, list.one, list.many) : `${rows.length.toLocaleString("en")} of ${plural(list.rows.length, list.one, list.many)}`;
    const status = panel.querySelector("[aria-live]");
    if (status.textContent !== count) status.textContent = count;
    panel.querySelector(".reset").hidden = !Object.keys(FILTERS).some((filter) => list.filters[filter] && view[filter]) && !view.q;
    for (const button of panel.querySelectorAll("[data-form]")) {
      button.setAttribute("aria-pressed", String((button.dataset.form === "matrix") === matrix));
      if (button.dataset.form === "matrix") {
        button.disabled = !small;
        button.title = small ? "" : "Filter the list first: a matrix shows a limited number of principals and repositories";
      }
    }
    const target = panel.querySelector(".target");
    if (!rows.length) target.replaceChildren(make("div", { class: "sheet empty" }, list.rows.length ? "Nothing matches the filter." : list.none));
    else if (matrix) target.replaceChildren(...matrixOf(rows));
    else target.replaceChildren(tableOf(name, list, rows));
  }

  function tableOf(name, list, rows) {
    const body = make("tbody", { role: "rowgroup" });
    const [sorted, direction] = view.sort.split("-");
    const header = list.columns.map(([title, style, key]) => {
      if (!key) return make("th", { scope: "col", role: "columnheader", class: style }, title);
      const mine = title.toLowerCase() === sorted;
      const next = `${title.toLowerCase()}-${mine && direction === "up" ? "down" : "up"}`;
      return make(
        "th",
        { scope: "col", role: "columnheader", class: style, "aria-sort": mine ? (direction === "up" ? "ascending" : "descending") : "none" },
        make("button", { type: "button", onclick: () => { set({ sort: next }); refocus(name, title); } }, title),
      );
    });
    const more = make("button", { type: "button", class: "more" });
    const fill = () => {
      const from = body.childElementCount;
      const until = printing ? rows.length : Math.max(shown, from);
      body.append(...rows.slice(from, until).map((row) => lineOf(list, row)));
      more.hidden = until >= rows.length;
      more.textContent = `Show ${Math.min(CHUNK, rows.length - until)} more of ${plural(rows.length, list.one, list.many)}`;
    };
    more.addEventListener("click", () => {
      const last = body.lastElementChild;
      shown = body.childElementCount + CHUNK;
      fill();
      if (document.activeElement === more || more.hidden) last.nextElementSibling?.querySelector("button")?.focus({ preventScroll: true });
    });
    fill();
    if (watcher) {
      watcher.disconnect();
      watcher.observe(more);
      watcher.fill = () => { shown = body.childElementCount + CHUNK; fill(); };
    }
    return make(
      "div",
      { class: "sheet" },
      make(
        "table",
        { class: "rows", role: "table", "aria-label": list.many, "aria-rowcount": rows.length + 1 },
        make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, header)),
        body,
      ),
      more,
    );
  }

  /** Further rows come by themselves when the end of the list comes near. */
  const watcher =
    "IntersectionObserver" in window
      ? new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) watcher.fill(); }, { rootMargin: "600px" })
      : null;

  function lineOf(list, row) {
    return make(
      "tr",
      { class: "opens", role: "row", onclick: () => { if (!String(getSelection())) open(row); } },
      list.columns.map(([title, style, , content]) => {
        const heading = title === "Who";
        return make(heading ? "th" : "td", { class: style, role: heading ? "rowheader" : "cell", scope: heading ? "row" : null }, content(row));
      }),
    );
  }

  function refocus(name, title) {
    for (const button of byId(`panel-${name}`).querySelectorAll("thead button")) if (button.textContent === title) button.focus();
  }

  // -- The matrix ------------------------------------------------------------------------------------------------------

  function matrixFits(rows) {
    if (!rows.length || rows.length > MATRIX_CELLS * 2) return false;
    const columns = distinct(rows.map((row) => `${row.registry_account} ${row.region} ${row.repository}`)).length;
    return columns <= MATRIX_COLUMNS && columns * distinct(rows.map((row) => row.principal)).length <= MATRIX_CELLS;
  }

  function matrixOf(rows) {
    const legend = make("div", { class: "legend" }, Object.entries(STATES).filter(([state]) => rows.some((row) => row.state === state)).map(([state, [sign, text]]) => make("span", { class: `is-${state}` }, make("b", {}, sign), ` ${text.toLowerCase()}`)));
    return distinct(rows.map((row) => `${row.registry_account} ${row.region}`)).sort().map((registry, index) => {
      const mine = rows.filter((row) => `${row.registry_account} ${row.region}` === registry);
      const repositories = distinct(mine.map((row) => row.repository)).sort(natural);
      const principals = new Map();
      for (const row of mine) {
        const cells = principals.get(row.principal) || new Map();
        cells.set(row.repository, [...(cells.get(row.repository) || []), row]);
        principals.set(row.principal, cells);
      }
      return make(
        "div",
        { class: "sheet" },
        index === 0 && legend,
        make(
          "div",
          { class: "scroll", tabindex: "0", role: "region", "aria-label": `Registry ${registryName(mine[0])}` },
          make(
            "table",
            { class: "matrix" },
            make("caption", {}, `Registry ${registryName(mine[0])}`),
            make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Who"), repositories.map((name) => make("th", { scope: "col" }, name)))),
            make(
              "tbody",
              {},
              [...principals].map(([principal, cells]) =>
                make(
                  "tr",
                  {},
                  make("th", { scope: "row" }, who(principal)),
                  repositories.map((name) => make("td", {}, (cells.get(name) || []).sort((a, b) => natural(a.access, b.access)).map(cellOf))),
                ),
              ),
            ),
          ),
        ),
      );
    });
  }

  function cellOf(row) {
    const [sign, text] = STATES[row.state];
    return make(
      "button",
      { type: "button", class: `cell is-${row.state}`, title: `${row.access}: ${text.toLowerCase()}. ${row.reason || ""}`, "aria-haspopup": "dialog", onclick: () => open(row) },
      make("span", { "aria-hidden": "true" }, sign),
      row.access,
      make("span", { class: "unseen" }, ` ${text.toLowerCase()}`),
    );
  }

  // -- Details ---------------------------------------------------------------------------------------------------------

  const dialog = byId("details");

  function open(row) {
    const list = lists[view.list];
    Object.assign(view, { open: list.key(row) });
    writeAddress();
    dialog.replaceChildren(make("div", { class: "detail" }, list.detail(row)));
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
  }

  dialog.addEventListener("close", () => { view.open = ""; writeAddress(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  function top(label, title) {
    return [
      make("div", { class: "detail__top" }, label, make("button", { type: "button", class: "button", autofocus: true, onclick: () => dialog.close() }, "Close")),
      make("h2", { id: "details-title", class: "break" }, title),
    ];
  }

  function facts(...pairs) {
    const told = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "" && !(Array.isArray(value) && !value.length));
    return make("dl", { class: "facts" }, told.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
  }

  const code = (text) => make("code", { class: "break" }, text);
  const names = (values) => make("ul", { class: "names" }, values.map((value) => make("li", {}, value)));

  function belongs(missing) {
    return `This statement belongs in the ${missing.document.replace(/^the /, "")}, in account ${accountName(missing.account)}${missing.region ? `, ${missing.region}` : ""}.`;
  }

  function accessDetail(row) {
    const [name] = principalParts(row.principal);
    return [
      top(badge(row.state, STATES), `${name}: ${row.access} ${row.repository}`),
      make("p", { class: "detail__reason break" }, row.reason || STATES[row.state][2]),
      row.disagreement && make("p", { class: "break muted" }, row.disagreement),
      make(
        "dl",
        { class: "verdicts" },
        [
          ["Expected", EXPECTED[row.expected] || "Nothing"],
          ["Policies say", FOUND[row.evaluated] || "Not looked at"],
          ["When tried", FOUND[row.probed] || "Not tried"],
        ].map(([title, text]) => make("div", {}, make("dt", {}, title), make("dd", {}, text))),
      ),
      row.missing && [
        make("h3", {}, "What is missing"),
        make("div", { class: "missing" }, make("p", { class: "break" }, belongs(row.missing)), copyable(JSON.stringify(row.missing.statement, null, 2))),
      ],
      make("h3", {}, "Who and where"),
      facts(
        ["Principal", code(row.principal)],
        ["Repository", code(row.repository)],
        ["Registry", registryName(row)],
        ["Grant", row.grant || "none declares it"],
      ),
      make("h3", {}, "What decides"),
      facts(
        ["Action", row.action && code(row.action)],
        ["Layer", row.layer],
        ["Document", row.document || "no document says anything"],
        ["Statement", row.statement && code(row.statement)],
        ["How", row.explicit ? "an explicit deny" : null],
        ["Not known", (row.unknown || []).join(", ")],
      ),
    ];
  }

  function findingDetail(row) {
    const repositories = row.repositories || [];
    return [
      top(badge(row.severity, SEVERITIES), row.message),
      make("p", { class: "detail__reason break" }, row.remedy),
      make("h3", {}, "Where"),
      facts(
        ["Registry", registryName(row)],
        ["Document", row.document],
        ["Statement", row.statement && code(row.statement)],
        ["Principal", row.principal && code(row.principal)],
        ["Rule", row.rule],
      ),
      repositories.length > 0 && [make("h3", {}, repositoriesTitle(row.repositories_count, repositories.length)), names(repositories)],
    ];
  }

  function reachDetail(row) {
    const [name] = principalParts(row.principal);
    return [
      top(make("span", { class: "muted" }, row.kind), name),
      make("p", { class: "detail__reason break" }, `May ${levels(row)}, as far as this registry decides it.`),
      make("h3", {}, "What allows it"),
      facts(
        ["Principal", code(row.principal)],
        ["Registry", registryName(row)],
        ["Document", SOURCES[row.source] || row.source],
        ["Statement", statements(row) && code(statements(row))],
        ["Condition", row.condition && code(row.condition)],
      ),
      make("h3", {}, "Actions"),
      names(row.actions),
      make("h3", {}, repositoriesTitle(row.resources_count, row.resources.length)),
      names(row.resources),
    ];
  }

  function repositoriesTitle(count, listed) {
    return count > listed ? `Repositories (${listed} of ${count})` : "Repositories";
  }

  function copyable(text) {
    const button = make("button", { type: "button", class: "button" }, "Copy the statement");
    const said = make("span", { class: "unseen", role: "status" });
    const pre = make("pre", { tabindex: "0", "aria-label": "The missing statement" }, text);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        getSelection().selectAllChildren(pre); // no clipboard for local files in this browser
        if (!document.execCommand("copy")) {
          button.textContent = said.textContent = "Selected: copy it with your keyboard";
          return;
        }
      }
      button.textContent = said.textContent = "Copied";
    });
    return [pre, button, said];
  }

  // -- Filters, counts and tabs ----------------------------------------------------------------------------------------

  const narrow = matchMedia("(max-width: 860px)");

  function optionsOf(list, filter) {
    const values = distinct(list.rows.flatMap(list.filters[filter]).filter(Boolean));
    if (filter === "state") return [["problems", "All problems"], ...Object.keys(STATES).filter((state) => values.includes(state)).map((state) => [state, STATES[state][1]])];
    if (filter === "severity") return Object.keys(SEVERITIES).filter((severity) => values.includes(severity)).map((severity) => [severity, SEVERITIES[severity][1]]);
    const named = values.map((value) => [value, filter === "account" ? accountName(value) : value]);
    return named.sort(([, a], [, b]) => natural(a, b));
  }

  function buildPanel(name) {
    const list = lists[name];
    const panel = byId(`panel-${name}`);
    let timer;
    const search = make("input", { type: "search", name: "q", autocomplete: "off", spellcheck: "false", placeholder: "Any word", oninput: () => { clearTimeout(timer); timer = setTimeout(() => set({ q: search.value.trim() }), 120); } });
    const fields = Object.keys(list.filters).map((filter) => {
      if (filter === "repository") {
        const known = optionsOf(list, filter).slice(0, 500);
        const id = `names-${name}`;
        const input = make("input", { type: "search", name: filter, list: id, autocomplete: "off", spellcheck: "false", placeholder: "All, or part of a name", oninput: () => set({ [filter]: input.value.trim() }) });
        return make("label", { class: "full" }, FILTERS[filter], input, make("datalist", { id }, known.map(([value]) => make("option", { value }))));
      }
      const select = make("select", { name: filter, onchange: () => set({ [filter]: select.value }) }, make("option", { value: "" }, "All"), optionsOf(list, filter).map(([value, text]) => make("option", { value }, text)));
      return make("label", {}, FILTERS[filter], select);
    });
    const order = make(
      "select",
      { name: "sort", onchange: () => set({ sort: order.value }) },
      make("option", { value: "" }, "Problems first"),
      list.columns.filter(([, , key]) => key).flatMap(([title]) => [["up", "↑"], ["down", "↓"]].map(([way, sign]) => make("option", { value: `${title.toLowerCase()}-${way}` }, `${title} ${sign}`))),
    );
    const reset = make("button", { type: "button", class: "button reset", onclick: () => { set({ q: "", ...Object.fromEntries(Object.keys(FILTERS).map((filter) => [filter, ""])) }); search.focus(); } }, "Show all");
    const unfold = make("button", { type: "button", class: "button only-small", "aria-expanded": "false", onclick: () => unfold.setAttribute("aria-expanded", String(unfold.form.classList.toggle("unfolded"))) }, "Filter and order");
    const forms = name === "accesses" && ["matrix", "list"].map((form) => make("button", { type: "button", class: "button", "data-form": form, onclick: () => set({ form }) }, form === "matrix" ? "Matrix" : "List"));
    panel.append(
      make("form", { class: "filters", role: "search", "aria-label": `Filter the ${list.many}`, onsubmit: (event) => event.preventDefault() }, make("label", { class: "search" }, "Search", search), unfold, fields, make("label", { class: "only-small" }, "Order", order)),
      make("div", { class: "status" }, make("span", { "aria-live": "polite" }), reset, make("span", { class: "status__right" }, forms)),
      make("div", { class: "target" }),
    );
  }

  function syncFilters(panel) {
    for (const field of panel.querySelectorAll(".filters [name]")) {
      if (field !== document.activeElement && field.value !== view[field.name]) field.value = view[field.name];
    }
  }

  function buildCounts() {
    const { summary } = report;
    const bar = byId("bar");
    for (const [state, [, text]] of Object.entries(STATES)) {
      if (!summary.states[state]) continue;
      const part = make("span", { class: `is-${state}`, title: `${summary.states[state]} ${text.toLowerCase()}` });
      part.style.flexGrow = summary.states[state];
      bar.append(part);
    }
    bar.hidden = !summary.checks;
    const tile = (list, filter, value, number, text) =>
      make("li", {}, make("button", { type: "button", class: `count ${number ? `is-${value}` : "count--none"}`, value, "data-list": list, "data-filter": filter, onclick: () => jump(list, filter, value) }, make("b", {}, number.toLocaleString("en")), text));
    byId("count-states").replaceChildren(...Object.entries(STATES).filter(([state]) => state !== "open" || summary.states.open).map(([state, [, text]]) => tile("accesses", "state", state, summary.states[state], text)));
    byId("count-severities").replaceChildren(...Object.entries(SEVERITIES).map(([severity, [, text]]) => tile("findings", "severity", severity, summary.findings[severity], text)));
  }

  function jump(list, filter, value) {
    const again = view.list === list && view[filter] === value;
    set({ list, sort: "", q: "", ...Object.fromEntries(Object.keys(FILTERS).map((name) => [name, ""])), [filter]: again ? "" : value });
  }

  function buildTabs() {
    const tabs = [...document.querySelectorAll("[role=tab]")];
    for (const [index, tab] of tabs.entries()) {
      tab.addEventListener("click", () => set({ list: tab.dataset.list, sort: "" }));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1, Home: -index, End: tabs.length - 1 - index }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        const next = tabs[(index + step + tabs.length) % tabs.length];
        next.click();
        next.focus();
      });
    }
  }

  function buildTheme() {
    const button = byId("theme");
    const next = { "": "dark", dark: "light", light: "" };
    const text = { "": "Theme: automatic", dark: "Theme: dark", light: "Theme: light" };
    const show = (theme) => {
      if (theme) document.documentElement.dataset.theme = theme;
      else delete document.documentElement.dataset.theme;
      button.textContent = text[theme];
    };
    let theme = "";
    button.addEventListener("click", () => { theme = next[theme]; show(theme); });
    button.hidden = false;
    show(theme);
  }

  function buildAbout() {
    const meanings = byId("meanings");
    for (const [state, [, , text]] of Object.entries(STATES)) meanings.append(make("dt", {}, badge(state, STATES)), make("dd", {}, text));
  }

  // -- Start -----------------------------------------------------------------------------------------------------------

  function openFromAddress() {
    const list = lists[view.list];
    const row = view.open && list && list.rows.find((one) => list.key(one) === view.open);
    if (row) open(row);
  }

  addEventListener("hashchange", () => { readAddress(); render(); openFromAddress(); });
  narrow.addEventListener("change", render);
  addEventListener("beforeprint", () => { printing = true; for (const name of Object.keys(lists)) renderList(name); });
  addEventListener("afterprint", () => { printing = false; for (const name of Object.keys(lists)) renderList(name); render(); });

  byId("plain").remove();
  byId("app").hidden = false;
  for (const name of Object.keys(lists)) buildPanel(name);
  buildCounts();
  buildTabs();
  buildTheme();
  buildAbout();
  readAddress();
  render();
  openFromAddress();
  document.documentElement.dataset.ready = "yes";
})();
