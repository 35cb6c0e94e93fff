// The data sets, and the coverage of the one that the address names.
import { request } from "../../scripts/api.js";
import { coded, h, problem } from "../../scripts/dom.js";
import { count, decimals, dollars, percent, plural, score } from "../../scripts/format.js";

export function mount(root) {
  new Data(root.querySelector(".w-data")).start();
}

class Data {
  constructor(root) {
    this.sets = root.querySelector(".w-data-sets");
    this.opened = root.querySelector(".w-data-open");
    this.voted = root.querySelector(".w-data-voted");
    this.asked = 0;
  }

  async start() {
    addEventListener("popstate", () => this.open());
    this.sets.replaceChildren(h("p.w-soft", { role: "status" }, "Looking at data sets"));
    try {
      [this.listed, this.votes] = await Promise.all([request("GET", "/api/datasets"), request("GET", "/api/votes")]);
    } catch (error) {
      this.sets.replaceChildren(problem(error.message));
      return;
    }
    this.open();
  }

  get name() {
    return new URLSearchParams(location.search).get("name") ?? this.listed.find((one) => !one.problem)?.name ?? "";
  }

  go(name) {
    history.pushState(null, "", `${location.pathname}?${new URLSearchParams({ name })}`);
    this.open();
  }

  async open() {
    this.draw();
    const ticket = ++this.asked;
    if (!this.name) return;
    try {
      const found = await request("GET", `/api/datasets/${encodeURIComponent(this.name)}`);
      if (ticket === this.asked) this.opened.replaceChildren(...coverageView(found));
    } catch (error) {
      if (ticket === this.asked) this.opened.replaceChildren(problem(error.message));
    }
  }

  draw() {
    if (!this.listed.length) {
      this.sets.replaceChildren(h("p", {}, "There are none yet. ", h("code", {}, "workbench record reasoning"), " asks your models; ", h("code", {}, "workbench import FORMAT FILE"), " brings in what others recorded."));
      return;
    }
    const heads = ["Data set", "Prompts", "Models", "Categories", "Outcomes", "Failed", "Mean quality"];
    const table = h("table.w-table.w-figured", {}, h("thead", {}, h("tr", {}, heads.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, this.listed.map((one) => this.row(one))));
    this.sets.replaceChildren(h("div.w-page-scroll", { tabindex: "0", role: "region", "aria-label": "Data sets" }, table));
    this.voted.replaceChildren(...votesView(this.votes));
  }

  row(one) {
    const current = one.name === this.name;
    const name = h("button.w-link", { type: "button", "aria-current": current ? "true" : null, onclick: () => this.go(one.name) }, one.name);
    if (one.problem) return h("tr", {}, h("th", { scope: "row" }, one.name), h("td.w-data-problem", { colspan: 6 }, coded(one.problem)));
    const cells = [count(one.prompts), count(one.models.length), count(one.categories.length), count(one.outcomes), count(one.failed), score(one.quality)];
    return h("tr", { class: current ? "current" : null }, h("th", { scope: "row" }, name), cells.map((text) => h("td.w-num", {}, text)));
  }
}

function votesView(votes) {
  if (!votes.length) return [];
  const line = (one) => h("li", {}, h("b", {}, one.name), h("span.w-soft", {}, one.problem ? ` ${one.problem}` : ` ${plural(one.votes, "vote")}, ${plural(one.models, "model")}`));
  return [h("h2", {}, "Votes"), h("ul.w-data-votes", {}, votes.map(line))];
}

/** Coverage of a data set: {models, rows}; each row {category, prompts, cells by model}, each model's sum. Pure. */
export function matrix(cells) {
  const byModel = new Map();
  const byCategory = new Map();
  for (const cell of cells) {
    const category = cell.category ?? "";
    if (!byCategory.has(category)) byCategory.set(category, new Map());
    byCategory.get(category).set(cell.model, cell);
    byModel.set(cell.model, added(byModel.get(cell.model), cell));
  }
  const models = [...byModel.values()].map(averaged).sort((a, b) => a.cost_usd - b.cost_usd || (a.model < b.model ? -1 : 1));
  const rows = [...byCategory].sort(([a], [b]) => (a < b ? -1 : 1)).map(([category, found]) => ({
    category,
    prompts: Math.max(...[...found.values()].map((cell) => cell.outcomes)),
    cells: models.map(({ model }) => found.get(model) ?? null),
  }));
  return { models, rows };
}

function added(sum = { outcomes: 0, scored: 0, failed: 0, quality: 0, cost_usd: 0 }, cell) {
  return {
    model: cell.model,
    outcomes: sum.outcomes + cell.outcomes,
    scored: sum.scored + cell.scored,
    failed: sum.failed + cell.failed,
    quality: sum.quality + (cell.quality ?? 0) * cell.scored,
    cost_usd: sum.cost_usd + cell.cost_usd * cell.outcomes,
  };
}

const averaged = (sum) => ({ ...sum, quality: sum.scored ? sum.quality / sum.scored : null, cost_usd: sum.cost_usd / sum.outcomes });

function coverageView(found) {
  if (found.problem) return [problem(found.problem)];
  const { models, rows } = matrix(found.cells);
  const whole = found.prompts * models.length;
  const parts = [plural(found.prompts, "prompt"), plural(models.length, "model"), found.splits.length ? `split ${found.splits.join(", ")}` : "no split of its own"];
  parts.push(found.outcomes === whole ? "every model has an outcome of every prompt" : `${percent(found.outcomes / whole)} of all prompt and model pairs are recorded`);
  if (found.nominal) parts.push("costs are nominal");
  const replay = h("a.w-button.primary", { href: `/replay?${new URLSearchParams({ data: found.name })}` }, "Replay over it");
  const head = h("header.w-data-head", {}, h("div", {}, h("h2", {}, found.name), h("p.w-soft", {}, parts.join(" · "))), replay);
  const note = h("p.w-soft", {}, "Mean quality, the stronger the colour the higher; below it the outcomes where some are missing or failed. Prompts that a strategy could learn nearly word for word: ", h("code", {}, `workbench data ${found.name} --contamination`), ".");
  return [head, h("div.w-page-scroll.w-coverage", { tabindex: "0", role: "region", "aria-label": `Coverage of ${found.name}` }, table(models, rows)), note];
}

function table(models, rows) {
  const heads = h("tr", {}, h("th", { scope: "col" }, "Category"), h("th", { scope: "col" }, "Prompts"), models.map(({ model }) => h("th", { scope: "col" }, h("code", {}, model))));
  const total = h("tr.w-data-total", {}, h("th", { scope: "row" }, "All"), h("td.w-num", {}, count(rows.reduce((sum, row) => sum + row.prompts, 0))), models.map((sum) => cellView(sum, sum.outcomes)));
  const costs = h("tr.w-data-total", {}, h("th", { scope: "row" }, "Cost / 1k"), h("td"), models.map(({ cost_usd: usd }) => h("td.w-num", {}, dollars(1000 * usd, decimals(1000 * usd)))));
  const body = rows.map(({ category, prompts, cells }) => h("tr", {}, h("th", { scope: "row" }, category || "(none)"), h("td.w-num", {}, count(prompts)), cells.map((cell) => cellView(cell, prompts))));
  return h("table.w-table.w-figured", {}, h("thead", {}, heads), h("tbody", {}, total, costs, body));
}

function cellView(cell, prompts) {
  if (!cell) return h("td.w-data-none", {}, "none");
  const lacks = [cell.scored < prompts && `${count(cell.scored)} of ${count(prompts)}`, cell.failed && `${count(cell.failed)} failed`].filter(Boolean);
  return h("td.w-num.w-data-cell", { style: { "--w-lead": (cell.quality ?? 0).toFixed(3) } }, score(cell.quality, 2), lacks.length > 0 && h("small", {}, lacks.join(", ")));
}
