// The strip of measurements under an answer.
import { h } from "../../scripts/dom.js";
import { count, money, NOMINAL, percent, plural, rate, seconds } from "../../scripts/format.js";

/**
 * wins: {cost_usd, latency_s} true where this column is the best of its turn; `whole` when every column of it has
 * ended, so that the dearest is known.
 */
export function metricsView(metrics, wins, whole) {
  const cells = [
    cell("first token", seconds(metrics.ttft_s)),
    cell("speed", rate(metrics.tokens_per_s)),
    cell("total", seconds(metrics.latency_s), wins.latency_s && "fastest"),
    cell(metrics.nominal ? "cost, nominal" : "cost", money(metrics.cost_usd), wins.cost_usd && "cheapest", metrics.nominal && NOMINAL),
  ];
  return h("div.w-metrics", {}, h("dl", {}, cells), h("p", {}, breakdown(metrics, whole)));
}

function cell(name, value, win, about) {
  const shown = h("dd.w-num", {}, value, win && h("span.w-sr", {}, `, ${win}`));
  return h("div", { class: win ? "win" : null, title: [win, about].filter(Boolean).join(". ") || null }, h("dt", {}, name), shown);
}

function breakdown(metrics, whole) {
  const parts = [`${count(metrics.tokens_in)} tokens in, ${count(metrics.tokens_out)} out`];
  if (metrics.calls > 1) parts.push(plural(metrics.calls, "call"));
  if (whole && typeof metrics.versus === "number") {
    parts.push(metrics.versus >= 0.9995 ? "the dearest" : `${percent(metrics.versus)} of the dearest`);
  }
  return parts.join(" · ");
}
