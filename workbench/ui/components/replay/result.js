// What a replay found: the sentence, the curve, what would change, the table, further plots.
import { h } from "../../scripts/dom.js";
import { count } from "../../scripts/format.js";
import { chartsView } from "./charts.js";
import { downloads } from "./downloads.js";
import { Frontier } from "./frontier.js";
import { WhatIf } from "./panel.js";
import { Sides } from "./sides.js";
import { tableView } from "./table.js";

const NEARLY = 0.99;
const RESTED_MS = 60;

/**
 * `found` is {doc, columns, path, setup}; `view` {curve, at, from} as the address has it; `hold(view)` keeps what the
 * slider was moved to.
 */
export class Result {
  constructor(found, view, hold) {
    const { doc, path } = found;
    this.found = found;
    this.hold = hold;
    this.view = started(doc, view);
    this.frontier = new Frontier(doc, (curve, at) => this.move({ curve, at }), () => this.panel.node.clientHeight);
    this.sides = new Sides(found);
    this.panel = new WhatIf(found, { move: (change) => this.move(change), open: () => this.sides.toggle() });
    this.charts = chartsView(found);
    const figure = h("figure.w-panel.w-frontier", {}, h("figcaption", {}, h("h2", {}, "Cost and quality"), downloads(path, "frontier", true)), this.frontier.node);
    this.node = h("div.w-result", {}, lead(doc), about(doc), h("div.w-replay-grid", {}, figure, this.panel.node), this.sides.node, tableView(doc), this.charts.node);
    this.draw();
  }

  /** Now that it stands in the page, its plots know their width. */
  arrive() {
    this.frontier.watch();
    this.charts.arrive();
  }

  leave() {
    this.frontier.unwatch();
    this.charts.leave();
  }

  /** {curve, at, from}: whichever of them changes. Another curve starts where its own story does. */
  move(change) {
    const { doc } = this.found;
    const other = change.curve !== undefined && change.curve !== this.view.curve;
    const base = other ? started(doc, { curve: change.curve }) : this.view;
    this.view = { ...base, ...change };
    this.draw();
    this.hold(this.view);
  }

  draw() {
    this.frontier.mark(this.view);
    const changed = this.panel.draw(this.view);
    this.sides.draw(this.view, changed);
    clearTimeout(this.later); // what lies below may follow when the slider rests
    this.later = setTimeout(() => this.charts.draw(this.view), RESTED_MS);
  }
}

/** Where the slider stands at first: at the cheapest setting that nearly reaches the best single model, else at the best. Pure. */
export function started({ curves, lines, models }, { curve = null, at = null, from = null } = {}) {
  const which = curve !== null && curves[curve] ? curve : ranked(curves)[0];
  const { points, best } = curves[which];
  const single = lines.find((line) => line.name === "best single")?.quality[0] ?? Math.max(...models.map((m) => m.quality.value));
  const near = points.map((_, i) => i).filter((i) => points[i].quality.value >= NEARLY * single);
  const cheapest = near.reduce((least, i) => (least === null || points[i].cost.value < points[least].cost.value ? i : least), null);
  const usual = cheapest ?? best;
  const inside = (i) => i !== null && i >= 0 && i < points.length;
  return { curve: which, at: inside(at) ? at : usual, from: inside(from) ? from : usual };
}

// Strategies by AIQ; those without one after them, by arena score.
function ranked(curves) {
  const merit = ({ aiq, arena }) => (aiq ? [1, aiq.value] : [0, arena?.value ?? 0]);
  return curves.map((_, i) => i).sort((a, b) => {
    const [x, y] = [merit(curves[a]), merit(curves[b])];
    return y[0] - x[0] || y[1] - x[1] || a - b;
  });
}

function lead({ sentence }) {
  const made = { strong: "b", interval: "small" };
  return h("p.w-replay-lead", {}, sentence.map(({ kind, text }) => (made[kind] ? h(made[kind], {}, text) : text)));
}

function about({ data }) {
  const judged = data.folds ? `${data.folds} folds by prompt` : `its own split, ${count(data.train)} to learn from`;
  const parts = [`${data.name}: ${count(data.prompts)} prompts`, `${data.models.length} models`, judged];
  if (data.marked) parts.push(`${count(data.marked)} prompts left out, marked as contaminated`);
  if (data.skipped) parts.push(`${count(data.skipped)} prompts left out, not recorded by all`);
  if (data.nominal) parts.push("costs are nominal");
  parts.push("[low, high] are 95 % intervals by prompt");
  const seen = data.contaminated?.contaminated;
  const warning = seen > 0 && h("span.w-replay-warning", {}, ` ${count(seen)} of ${count(data.contaminated.judged)} prompts have a near twin among those learned from: strategies that learn may do worse on new ones.`);
  return h("p.w-soft.w-replay-about", {}, parts.join(" · "), ".", warning);
}
