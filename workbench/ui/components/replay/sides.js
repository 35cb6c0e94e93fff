// The prompts that change sides, one a line: their words, both models, both qualities. Words are text, never markup.
import { request } from "../../scripts/api.js";
import { cell, foremost, kindOf, SEVERAL } from "../../scripts/columns.js";
import { h } from "../../scripts/dom.js";
import { count, money, plural, score } from "../../scripts/format.js";

const PAGE = 25;
const ORDERS = { all: "All", better: "Better", worse: "Worse", same: "Same" };

export class Sides {
  constructor({ doc, columns, path }) {
    Object.assign(this, { doc, columns, path, texts: null, kind: "all", category: "", most: PAGE });
    this.title = h("h2");
    this.filter = h("div.w-side-filter", { role: "group", "aria-label": "Which of them" });
    this.buttons = Object.entries(ORDERS).map(([kind, name]) => {
      const button = h("button.w-chip", { type: "button", onclick: () => this.narrow({ kind }) }, name);
      return [kind, name, button];
    });
    this.menu = h("select.w-input", { "aria-label": "Category", onchange: () => this.narrow({ category: this.menu.value }) });
    this.filter.append(...this.buttons.map(([, , button]) => button), this.menu);
    this.list = h("ol.w-sides-list");
    this.more = h("button.w-button", { type: "button", onclick: () => this.narrow({ most: this.most + PAGE }) }, "Show more");
    this.node = h("section.w-panel.w-sides", { id: "w-sides", hidden: true, "aria-label": "Prompts that change sides" }, h("header", {}, this.title, this.filter), this.list, this.more);
    this.fetched = this.fetch();
  }

  // Fetched once, when nothing else is to do: opening the list and dragging then ask nobody.
  async fetch() {
    try {
      this.texts = (await request("GET", `${this.path}/prompts`)).texts;
    } catch (error) {
      this.problem = error.message;
    }
    if (!this.node.hidden) this.redraw();
  }

  toggle() {
    this.node.hidden = !this.node.hidden;
    const opener = document.querySelector(".w-open-sides");
    opener?.setAttribute("aria-expanded", String(!this.node.hidden));
    if (opener) opener.textContent = this.node.hidden ? "Open them" : "Close them";
    if (this.node.hidden) return;
    this.redraw();
    this.node.scrollIntoView({ block: "nearest" });
  }

  draw(view, changed) {
    Object.assign(this, { view, changed });
    if (!this.node.hidden) this.redraw();
  }

  narrow(change) {
    Object.assign(this, { most: PAGE }, change);
    this.redraw();
  }

  redraw() {
    const { rows, byCategory, better, worse, same } = this.changed;
    const counts = { all: rows.length, better, worse, same };
    this.title.textContent = rows.length ? `${plural(rows.length, "prompt")} ${rows.length === 1 ? "changes" : "change"} sides` : "No prompt changes sides";
    for (const [kind, name, button] of this.buttons) {
      button.setAttribute("aria-pressed", String(kind === this.kind));
      button.textContent = `${name} ${count(counts[kind])}`;
    }
    if (!byCategory.some(([name]) => name === this.category)) this.category = "";
    const options = [["", "Every category"], ...byCategory.filter(([name]) => name).map(([name, n]) => [name, `${name} ${count(n)}`])];
    this.menu.replaceChildren(...options.map(([value, text]) => h("option", { value, selected: value === this.category }, text)));
    const wanted = this.columns.categories.indexOf(this.category || null);
    const shown = foremost(this.changed, this.columns, this.most, this.kind, wanted);
    this.list.replaceChildren(...shown.rows.map((row) => this.row(row)));
    this.more.hidden = shown.total <= this.most;
    this.more.textContent = `Show more of ${count(shown.total)}`;
  }

  cell = (row, when) => cell(this.columns, this.view.curve, this.view[when], row);

  row(row) {
    const { categories, category } = this.columns;
    const [before, now] = [this.cell(row, "from"), this.cell(row, "at")];
    const text = this.texts?.[row] ?? this.problem ?? "…";
    const kind = kindOf(now.quality - before.quality);
    const open = h("details.w-side", {}, h("summary", {}, h("span.w-side-text", { dir: "auto" }, text), this.route(before, now, kind, categories[category[row]])));
    open.addEventListener("toggle", () => open.open && this.tell(open, row), { once: true });
    return h("li", {}, open);
  }

  route(before, now, kind, category) {
    const name = ({ model }) => (model === SEVERAL ? "no single model" : this.doc.data.models[model]);
    const one = (side) => h("span", {}, h("code", {}, name(side)), h("b.w-num", {}, score(side.quality, Number.isInteger(side.quality) ? 0 : 2)));
    const saved = now.cost - before.cost;
    const cost = `${saved < 0 ? "−" : "+"}${money(Math.abs(1000 * saved))} / 1k`;
    return h("span.w-side-route", {}, category && h("span.w-soft", {}, category), h("span.w-side-swap", {}, one(before), h("span", { "aria-label": "becomes" }, "→"), one(now)), h(`span.w-side-kind.${kind}`, {}, kind), h("span.w-num.w-soft", {}, cost));
  }

  // The whole prompt and what every model answered to it.
  async tell(details, row) {
    const body = h("div.w-side-whole", {}, h("p.w-soft", { role: "status" }, "Reading"));
    details.append(body);
    try {
      const found = await request("GET", `${this.path}/prompts/${row}`);
      body.replaceChildren(
        h("p.w-side-prompt", { dir: "auto" }, found.text),
        h("ul", {}, found.answers.map((answer) => h("li", {}, h("div", {}, h("code", {}, answer.model), h("b.w-num", {}, `quality ${score(answer.quality, 2)}`), h("span.w-num.w-soft", {}, money(answer.cost_usd))), h("p", { dir: "auto" }, answer.error || answer.response || "No answer was kept.")))),
      );
    } catch (error) {
      body.replaceChildren(h("p.w-replay-problem", { role: "alert" }, error.message));
    }
  }
}
