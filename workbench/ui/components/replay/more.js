// Figures beyond the table's: what routing adds, how near it comes to the best choice, and what cascades save and lose.
import { dot, h } from "../../scripts/dom.js";
import { decimals, dollars, number, score, words } from "../../scripts/format.js";
import { grid, meanings, shown, signed } from "./grid.js";

const share = (value) => `${(100 * value).toFixed(1)} %`;
const ofHundred = (value) => (100 * value).toFixed(1);

const GAINS = [
  ["AIQ gain", "AIQ above that of mixing single models, paired by prompt: what routing adds.", "aiq_gain", signed],
  ["saved", "Share of the best single model's cost that is saved at its own quality.", "saved_at_best_single", share],
  ["gained", "Quality above the best single model's at its own cost.", "gained_at_same_cost", signed],
  ["regret", "Quality that the best model for each prompt would have added, at the best setting.", "regret", score],
  ["gap closed", "Share of the way from the best single model to the oracle, at the best setting.", "gap_closed", share],
  ["hypervolume", "What the points dominate, of the rectangle from cost 0 to the dearest single model's and quality 0 to 1.", "hypervolume", score],
  ["optimal choices", "RouterArena: how often the cheapest of the best models was chosen.", "optimal_selection", share],
  ["optimal cost", "RouterArena: cost of the cheapest right choices over what was paid.", "optimal_cost", share],
  ["optimal accuracy", "RouterArena: quality reached, of what the best choices reach.", "optimal_accuracy", share],
  ["robustness", "Share of choices that stay when the prompt is put in other words.", "robustness", share],
];

const CASCADE = [
  ["calls", "Calls for each prompt.", "calls", (value) => value.toFixed(2)],
  ["escalated", "Share of prompts that took more than one call.", "escalated", share],
  ["cost / 1k", "Dollars per 1,000 prompts, all calls counted.", "cost", (value) => dollars(value, decimals(value))],
  ["saved", "Share of the best single model's cost that is saved.", "saved", share],
  ["quality lost", "Quality below the best single model's; below 0 it is above.", "lost", signed],
];

/** Those of the two that the document has figures for. */
export const moreTables = (doc) => [gains(doc), cascades(doc)].filter(Boolean);

const named = (doc, i) => [dot(doc.colors?.[i]), doc.curves[i].label];

const cells = (columns, found) => Object.fromEntries(columns.map(([name, , key, write]) => [name, shown(found[key], write, write === share ? ofHundred : write)]));

function gains(doc) {
  const columns = GAINS.filter(([, , key]) => doc.curves.some((curve) => curve[key] !== null && curve[key] !== undefined));
  if (!columns.length) return null;
  const rows = doc.curves.map((curve, i) => ({ head: named(doc, i), cells: cells(columns, curve) }));
  const node = h("div", {}, grid("What routing adds", "strategy", columns, rows), meanings(columns));
  return { name: "gains", title: "Gains", about: "What routing adds over single models, and how near it comes to the best choice for every prompt.", node, draw: () => {} };
}

function cascades(doc) {
  const curves = doc.curves.map((curve, i) => [curve, i]).filter(([curve]) => curve.cascade?.length);
  if (!curves.length) return null;
  const tables = curves.map(([curve, i]) => {
    const param = curve.sweep ? words(curve.sweep.param) : "setting";
    const rows = curve.cascade.map((row) => ({ head: row.value === null ? "as given" : number(row.value, 3), cells: cells(CASCADE, row) }));
    return [h("h3", {}, named(doc, i)), grid(`Settings of ${curve.label}`, param, CASCADE, rows)];
  });
  const node = h("div.w-cascades", {}, tables.flat(), meanings(CASCADE));
  return { name: "cascades", title: "Cascades", about: "Saving beside loss, against the best single model, at every setting.", node, draw: () => {} };
}
