// Runs newest first, filtered by what the address says; one opens in a dialog with its answer, reason and trace.
import { request, setup } from "../../scripts/api.js";
import { coded, dot, h, iconButton, problem, tint } from "../../scripts/dom.js";
import { choose, clearButton, day, field, given, go, refill } from "../../scripts/filters.js";
import { count, money, NOMINAL, plural, rate, seconds } from "../../scripts/format.js";
import { caption } from "../../scripts/params.js";
import { brokeOff, traceView } from "../trace/script.js";
import { whyView } from "../why/script.js";

const CHOSEN = { strategy: "Strategy", model: "Model", category: "Category", label: "Class" };
const FILTERS = [...Object.keys(CHOSEN), "since", "until", "text"];

export function mount(root) {
  const view = new History(root.querySelector(".w-history"));
  addEventListener("popstate", () => view.restore());
  view.restore();
}

const wanted = () => given(FILTERS, location.search);

class History {
  constructor(root) {
    this.root = root;
    this.form = root.querySelector("form");
    this.list = root.querySelector(".w-history-list");
    this.dialog = root.querySelector("dialog");
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.dialog.addEventListener("close", () => go({ run: "" }));
    this.asked = 0;
  }

  async restore() {
    const run = new URLSearchParams(location.search).get("run");
    await this.load(true);
    if (run) this.open(run);
    else if (this.dialog.open) this.dialog.close();
  }

  async load(fresh, before = "") {
    const ticket = ++this.asked;
    const query = new URLSearchParams({ ...wanted(), ...(before && { before }) });
    try {
      const found = await request("GET", `/api/runs?${query}`);
      if (ticket !== this.asked) return; // a later filter was quicker
      if (fresh) this.draw(found);
      else this.more(found);
    } catch (error) {
      this.list.replaceChildren(problem(error.message));
    }
  }

  draw(found) {
    this.drawFilters(found.facets);
    this.root.querySelector(".w-page-count").textContent = found.total ? plural(found.total, "run") : "";
    this.drawExports(found.total);
    this.colors = found.colors ?? {};
    if (!found.runs.length) {
      this.list.replaceChildren(this.empty());
      return;
    }
    this.body = h("tbody");
    const heads = ["When", "Prompt", "Strategy", "Model", "Total", "Cost", "Vote"];
    const table = h("table.w-table.w-cards.w-runs", {}, h("thead", {}, h("tr", {}, heads.map((name) => h("th", { scope: "col" }, name)))), this.body);
    this.next = h("div.w-history-more");
    this.list.replaceChildren(h("div.w-page-scroll", { tabindex: "0", role: "region", "aria-label": "Runs" }, table), this.next);
    this.more(found);
  }

  more({ runs, next }) {
    this.body.append(...runs.map((run) => this.row(run)));
    const onclick = () => this.load(false, next);
    this.next.replaceChildren(...(next ? [h("button.w-button", { type: "button", onclick }, "Show older runs")] : []));
  }

  row(run) {
    const open = () => (go({ run: run.id }), this.open(run.id));
    const name = h("button.w-link.w-run-open", { type: "button", onclick: open }, run.prompt.trim() || "(empty)");
    const cells = [
      h("time", { datetime: run.created_at, title: new Date(run.created_at).toLocaleString() }, when(run.created_at)),
      name,
      h("span.w-run-strategy", {}, dot(this.colors[run.strategy]), run.strategy),
      h("code", { title: run.model || null }, run.model || "–"),
      h("span.w-num", {}, ended(run), run.cut && h("small.w-run-cut", { title: "The answer broke off; what had come of it is kept" }, " cut")),
      h("span.w-num", { title: run.nominal ? NOMINAL : null }, run.nominal && h("small", {}, "nominal "), run.error && !run.cost_usd ? "" : money(run.cost_usd)),
      h("span", run.vote === "won" ? { class: "w-run-won" } : {}, run.vote || ""),
    ];
    const press = ({ target }) => target.closest("button") || getSelection().toString() || open();
    const row = h("tr.w-opens", { onclick: press }, cells.map((cell) => h("td", {}, cell)));
    row.classList.toggle("bad", Boolean(run.error) && run.error !== "stopped");
    return row;
  }

  drawFilters(facets) {
    const now = wanted();
    const change = (filters) => this.change(filters);
    const chosen = Object.entries(CHOSEN).map(([name, label]) => choose(name, label, [["", "All"], ...(facets[name] ?? []).map((v) => [v, v])], now[name] ?? "", change));
    const fields = [this.search(now.text ?? ""), ...chosen, day("since", "From", now.since ?? "", change), day("until", "To", now.until ?? "", change)];
    const clear = clearButton(() => this.change(Object.fromEntries(FILTERS.map((f) => [f, ""]))));
    refill(this.form, [...fields, ...(Object.keys(now).length ? [clear] : [])]);
  }

  search(value) {
    let timer;
    const oninput = ({ target }) => {
      clearTimeout(timer);
      timer = setTimeout(() => this.change({ text: target.value }), 250);
    };
    return field("Search", h("input.w-input", { name: "text", type: "search", value, placeholder: "Words of a prompt or answer", oninput }));
  }

  change(filters) {
    go(filters);
    this.load(true);
  }

  drawExports(total) {
    const query = new URLSearchParams(wanted());
    const link = (kind) => h("a.w-button.small", { href: `/api/exports/runs.${kind}?${query}`, download: `runs.${kind}` }, kind.toUpperCase());
    const links = total ? [h("span", {}, "Export"), ...["csv", "jsonl", "parquet"].map(link)] : [];
    this.root.querySelector(".w-page-actions").replaceChildren(...links);
  }

  empty() {
    if (Object.keys(wanted()).length) return h("p.w-page-empty", {}, "No run matches these filters.");
    const text = "Every prompt you compare is kept here with its answers, routes, costs and votes. Blind comparisons appear once they are voted on.";
    return h("div.w-page-empty", {}, h("p", {}, text), h("a.w-button.primary", { href: "/" }, "Compare something"));
  }

  async open(id) {
    try {
      this.strategies ??= (await setup()).strategies;
      const run = await request("GET", `/api/runs/${encodeURIComponent(id)}`);
      this.dialog.replaceChildren(...this.detail(run));
    } catch (error) {
      this.dialog.replaceChildren(h("article", {}, h("header", {}, h("h2", { id: "w-run-title" }, "This run cannot be shown"), this.closer()), problem(error.message)));
    }
    if (!this.dialog.open) this.dialog.showModal();
  }

  closer = () => iconButton("close", "Close", () => this.dialog.close());

  /** Its parameters that are not the defaults of today, as a chip says them. */
  params(run) {
    const metas = (name) => this.strategies.find((s) => s.name === name)?.params ?? [];
    const said = caption(metas(run.strategy), run.params, metas);
    return said && h("p.w-run-params", {}, said);
  }

  detail(run) {
    const link = run.comparison_id && h("a.w-button.small", { href: `/?c=${encodeURIComponent(run.comparison_id)}` }, "Open the comparison");
    const title = h("h2", { id: "w-run-title" }, dot(this.colors?.[run.strategy]), run.strategy, h("code", {}, run.model || ""));
    const answer = h("div.w-run-answer.w-md", { dir: "auto" });
    answer.innerHTML = run.html; // sanitised by the server
    for (const block of answer.querySelectorAll("pre")) block.tabIndex = 0;
    if (!run.html && !run.error) answer.append(h("p.w-soft", {}, "No answer."));
    const parts = [h("header", {}, title, link, this.closer()), h("p.w-run-when", {}, new Date(run.created_at).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" })), this.params(run), h("h3", {}, "Prompt"), h("p.w-run-prompt", { dir: "auto" }, run.prompt), h("h3", {}, "Answer")];
    if (run.error) parts.push(h("p.w-page-problem", {}, coded(run.error)));
    parts.push(answer, ...(run.cut ? [brokeOff(run.trace)] : []), facts(run));
    if (run.why) parts.push(h("h3", {}, "Why this route"), whyView({ ...run.why, color: this.colors?.[run.strategy] }));
    if (run.trace?.length) parts.push(h("h3", {}, "Trace"), traceView(run.trace));
    return [tint(h("article", {}, parts.filter(Boolean)), this.colors?.[run.strategy])];
  }
}

const ended = ({ error, latency_s }) => (error === "stopped" ? "stopped" : error ? "failed" : seconds(latency_s));

function facts({ metrics }) {
  const pairs = [
    ["first token", seconds(metrics.ttft_s)],
    ["speed", rate(metrics.tokens_per_s)],
    ["total", seconds(metrics.latency_s)],
    [metrics.nominal ? "cost, nominal" : "cost", money(metrics.cost_usd), metrics.nominal && NOMINAL],
    ["tokens", `${count(metrics.tokens_in)} in, ${count(metrics.tokens_out)} out`],
  ];
  return h("dl.w-run-facts", {}, pairs.map(([name, value, about]) => h("div", { title: about || null }, h("dt", {}, name), h("dd.w-num", {}, value))));
}

/** 14:05 today, else 21 Nov 14:05, else 21 Nov 2025. */
export function when(iso, now = new Date()) {
  const at = new Date(iso);
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === now.toDateString()) return time;
  const day = at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return at.getFullYear() === now.getFullYear() ? `${day} ${time}` : `${day} ${at.getFullYear()}`;
}
