// Shares of models, or of classes, by strategy and step of time. What is counted stands in the address.
import { request } from "../../scripts/api.js";
import { dot, h, problem } from "../../scripts/dom.js";
import { choose, clearButton, day, given, go, refill } from "../../scripts/filters.js";
import { count, percent, plural } from "../../scripts/format.js";
import { Shares } from "./chart.js";
import { bracket, nameOf } from "./steps.js";
import { figures } from "./table.js";

const FILTERS = ["strategy", "by", "every", "since", "until"];
const SHOWN = [["", "models"], ["label", "classes"]];
const STEPS = [["", "as the span needs"], ["hour", "hours"], ["day", "days"], ["week", "weeks"], ["month", "months"]];
const KINDS = [
  ["abstained", "abstained", "Prompts of no class it knows, or far from what it learned from"],
  ["randomised", "drawn by chance", "With a known probability: what other strategies would have done can be estimated from these"],
  ["failed", "failed", "Runs that ended in an error"],
];

export function mount(root) {
  const view = new Routing(root.querySelector(".w-routing"));
  addEventListener("popstate", () => view.load());
  view.load();
}

class Routing {
  constructor(root) {
    this.form = root.querySelector("form");
    this.body = root.querySelector(".w-routing-body");
    this.status = root.querySelector(".w-page-count");
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.asked = 0;
  }

  change(filters) {
    go(filters);
    this.load();
  }

  async load() {
    const ticket = ++this.asked;
    const now = given(FILTERS, location.search);
    this.body.setAttribute("aria-busy", "true");
    try {
      const found = await request("GET", `/api/routing?${new URLSearchParams(now)}`);
      if (ticket !== this.asked) return; // a later filter was quicker
      this.filters(now, found.strategies);
      this.draw(now, found);
    } catch (error) {
      if (ticket !== this.asked) return;
      this.filters(now, this.strategies ?? []);
      this.status.textContent = "";
      this.body.replaceChildren(problem(error.message));
    }
    this.body.removeAttribute("aria-busy");
  }

  filters(now, strategies) {
    this.strategies = strategies;
    const change = (filters) => this.change(filters);
    const names = strategies.map(({ name, runs }) => [name, `${name} (${count(runs)})`]);
    const fields = [
      choose("strategy", "Strategy", [["", "All"], ...names], now.strategy ?? "", change),
      choose("by", "Shares of", SHOWN, now.by ?? "", change),
      choose("every", "Steps", STEPS, now.every ?? "", change),
      day("since", "From", now.since ?? "", change),
      day("until", "To", now.until ?? "", change),
    ];
    const clear = clearButton(() => this.change(Object.fromEntries(FILTERS.map((name) => [name, ""]))));
    refill(this.form, [...fields, ...(Object.keys(now).length ? [clear] : [])]);
  }

  draw(now, found) {
    const classed = found.panels.filter((panel) => found.by === "model" || panel.parts.some(({ name }) => name));
    const runs = classed.reduce((sum, panel) => sum + panel.runs, 0);
    this.status.textContent = runs ? `${plural(runs, "run")} of ${classed.length === 1 ? "one strategy" : `${classed.length} strategies`}` : "";
    if (!classed.length) {
      this.body.replaceChildren(found.panels.length ? noClasses() : this.empty(now));
      return;
    }
    const alone = classed.length === 1;
    const panels = classed.map((panel) => this.panel(found, panel, alone));
    this.body.replaceChildren(...panels, ...rest(found, classed));
  }

  panel(found, panel, alone) {
    const only = () => this.change({ strategy: panel.strategy });
    const name = alone ? panel.strategy : h("button.w-link", { type: "button", onclick: only, title: `Only ${panel.strategy}` }, panel.strategy);
    const facts = KINDS.map(([kind, text, about]) => fact(text, panel.shares[kind], about));
    const head = h("header.w-routing-head", {}, h("h2", {}, dot(panel.color), name), h("dl.w-routing-facts", {}, fact("runs", null, null, count(panel.runs)), facts));
    const chart = new Shares(found, panel);
    return h("section.w-routing-panel", { "aria-label": panel.strategy }, head, h("p.w-routing-said", {}, sentence(found, panel)), chart.node, figures(found, panel, alone));
  }

  empty(now) {
    if (Object.keys(now).length) return h("p.w-page-empty", {}, "No run matches these filters.");
    const text = "Once prompts were answered, each strategy stands here with the models it chose, day by day, and with the classes it put prompts in. Blind comparisons are counted once they are voted on.";
    return h("div.w-page-empty", {}, h("p", {}, text), h("a.w-button.primary", { href: "/" }, "Compare something"));
  }
}

const noClasses = () => h("p.w-page-empty", {}, "None of these strategies puts prompts in classes. Those that do: semantic by intent, complexity by difficulty, domain, language, and learned ones where a prompt is unfamiliar.");

function fact(text, share, about, value = percent(share?.value)) {
  return h("div", { title: about }, h("dt", {}, text), h("dd.w-num", {}, value, share && share.n > 0 && h("small", {}, ` ${bracket(share)}`)));
}

/** What is most common, and what changed: pieces of text. */
export function sentence({ by }, { parts, change, compared }) {
  const [top] = parts;
  const label = nameOf(top.name, by);
  const range = (share) => [percent(share.value), h("span.w-num", {}, ` ${bracket(share)}`)];
  const answers = [h("b", {}, label), top.name ? " answers " : ": ", ...range(top.share), " of its prompts."];
  const first = by === "model" ? answers : [...range(top.share), " are ", h("b", {}, label), "."];
  if (!change) return compared ? [...first, " No share differs between the first and the second half of the span by more than chance explains."] : first;
  const { name, before, after } = change;
  const went = after.value > before.value ? " rose from " : " fell from ";
  return [...first, " ", h("b", {}, nameOf(name, by)), went, ...range(before), " in the first half of the span to ", ...range(after), " in the second."];
}

function rest(found, classed) {
  const drawn = found.panels.map(({ strategy }) => strategy);
  const left = found.strategies.filter(({ name }) => !drawn.includes(name)).length;
  const without = found.panels.filter((panel) => !classed.includes(panel)).map(({ strategy }) => strategy);
  const lines = [without.length && `Without classes: ${without.join(", ")}.`, left && drawn.length > 1 && `${plural(left, "strategy").replace("strategys", "strategies")} with fewer runs: choose one above.`];
  return lines.filter(Boolean).map((text) => h("p.w-soft", {}, text));
}
