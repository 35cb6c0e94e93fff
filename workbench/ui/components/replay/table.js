// The figures of every strategy, and the reference lines under them.
import { dot, h } from "../../scripts/dom.js";
import { decimals, dollars, interval, micros, score } from "../../scripts/format.js";
import { grid, meanings, shown, signed } from "./grid.js";

const NEARLY = 0.99;
const COLUMNS = [
  ["AIQ", "Mean quality over the range of costs, along the best settings; these are chosen on other prompts than those they are judged on."],
  ["best quality", "Quality at the best setting, chosen on other prompts than those it is judged on."],
  ["cost at 99 %", "Dollars per 1,000 prompts where 99 % of the best single model's quality is reached, along the best settings."],
  ["APGR", "Mean share of the gap between the weak and the strong model that is closed, over all shares of strong calls. For two models."],
  ["arena", "RouterArena's score: quality and the logarithm of cost in one figure, at the setting where it is largest."],
  ["above mixing", "Quality above mixing single models at the same cost (the zero router), at the best setting. Below 0: routing does not pay."],
  ["decision", "Time of one decision in a batch, embeddings at hand."],
];

export function tableView(doc) {
  const withApgr = doc.curves.some((curve) => curve.apgr);
  const columns = COLUMNS.filter(([name]) => name !== "APGR" || withApgr);
  const strategies = doc.curves.map((curve, i) => ({ head: [dot(doc.colors?.[i]), curve.label], cells: strategyCells(curve) }));
  const lines = references(doc).map(({ name, cells }) => ({ head: name, cells, reference: true }));
  return h("section", { "aria-label": "Figures" }, grid("Figures of every strategy, then of the reference lines", "strategy", columns, [...strategies, ...lines]), meanings(columns));
}

const estimate = (found, write = score) => found && [write(found.value), " ", h("small", {}, interval(found, write))];

function strategyCells(curve) {
  const { points, best } = curve;
  const cost = curve.cost_at_99;
  return {
    AIQ: estimate(curve.aiq) ?? "–",
    "best quality": estimate(curve.best_quality ?? points[best].quality),
    "cost at 99 %": cost ? shown(cost, (usd) => dollars(usd, decimals(usd)), (usd) => usd.toFixed(decimals(cost.value))) : h("span.w-soft", {}, "not reached"),
    APGR: estimate(curve.apgr) ?? "–",
    arena: estimate(curve.arena) ?? "–",
    "above mixing": estimate(curve.above_zero_router, signed) ?? "–",
    decision: curve.decision_us === null || curve.decision_us === undefined ? h("span.w-soft", {}, "its calls") : micros(curve.decision_us),
  };
}

/** Reference lines, one row each: a point's and a curve's figures of one name together. Pure but for the nodes in cells. */
function references({ lines, models }) {
  const single = lines.find((line) => line.name === "best single")?.quality[0] ?? Math.max(...models.map((m) => m.quality.value));
  const rows = new Map();
  for (const line of lines) {
    const cells = rows.get(line.name) ?? {};
    rows.set(line.name, { ...cells, ...(line.kind === "curve" ? curveCells(line, single, cells) : pointCells(line, single)) });
  }
  return [...rows].map(([name, cells]) => ({ name, cells }));
}

function pointCells({ quality, low, high, cost, score: plain, arena }, single) {
  const reached = quality[0] >= NEARLY * single;
  return {
    "best quality": estimate({ value: quality[0], low: low[0], high: high[0] }),
    "cost at 99 %": reached ? dollars(cost[0], decimals(cost[0])) : "",
    arena: shown(arena ?? plain),
  };
}

function curveCells({ aiq, cost, quality }, single, known) {
  const reached = costAt(cost, quality, NEARLY * single);
  return {
    AIQ: aiq === null || aiq === undefined ? "" : score(aiq),
    "best quality": known["best quality"] ?? score(Math.max(...quality)),
    "cost at 99 %": reached === null ? "" : dollars(reached, decimals(reached)),
  };
}

/** The cost where a rising line first reaches a quality; null where it never does. Pure. */
export function costAt(cost, quality, wanted) {
  const i = quality.findIndex((q) => q >= wanted);
  if (i < 0) return null;
  if (!i || quality[i] === quality[i - 1]) return cost[i];
  return cost[i - 1] + ((wanted - quality[i - 1]) / (quality[i] - quality[i - 1])) * (cost[i] - cost[i - 1]);
}
