// The figures of a chart, for who reads rather than looks: a row a step, the latest first. Every figure leads to its runs.
import { h } from "../../scripts/dom.js";
import { count, percent } from "../../scripts/format.js";
import { bracket, days, historyOf, nameOf, spanOf, stepName } from "./steps.js";

const KINDS = [["abstained", "abstained"], ["randomised", "by chance"], ["failed", "failed"]];

/** Made when it is first opened: there may be many steps. */
export function figures(found, panel, open) {
  const body = h("div");
  const node = h("details.w-routing-figures", { open }, h("summary", {}, "Figures"), body);
  const note = found.every === "hour" && h("p.w-soft", {}, "History filters by days: an hour's figures lead to the runs of its day.");
  const fill = () => body.childElementCount || body.append(...[table(found, panel), note].filter(Boolean));
  if (open) fill();
  node.addEventListener("toggle", fill);
  return node;
}

function table(found, panel) {
  const { by, every, steps } = found;
  const heads = [`${every[0].toUpperCase()}${every.slice(1)}, UTC`, "Runs", ...panel.parts.map(({ name }) => nameOf(name, by)), ...KINDS.map(([, text]) => text)];
  const whole = row("all", panel.runs, spanOf(found), (part) => part.share.n, (kind) => panel.shares[kind].n, true);
  const past = steps.map((_, i) => i).filter((i) => panel.at.runs[i]).reverse();
  const rows = past.map((i) => row(stepName(steps[i], every), panel.at.runs[i], days(steps[i], every), (part) => part.counts[i], (kind) => panel.at[kind][i]));
  const head = h("thead", {}, h("tr", {}, heads.map((text) => h("th", { scope: "col" }, text))));
  return h("div.w-page-scroll", { tabindex: "0", role: "region", "aria-label": `Figures of ${panel.strategy}` }, h("table.w-table.w-figured.w-routing-table", {}, head, h("tbody", {}, whole, rows)));

  function row(name, runs, span, ofPart, ofKind, total = false) {
    const link = (text, part) => h("a", { href: historyOf(found, panel, part, span) }, text);
    const parts = panel.parts.map((part) => {
      const n = ofPart(part);
      if (!n) return h("td.w-num", {}, "–");
      const share = percent(n / runs);
      return h("td.w-num", {}, part.name ? link(share, part.name) : share, h("small", {}, ` ${total ? bracket(part.share) : count(n)}`));
    });
    const kinds = KINDS.map(([kind]) => h("td.w-num", {}, ofKind(kind) ? percent(ofKind(kind) / runs) : "–", total && ofKind(kind) > 0 && h("small", {}, ` ${bracket(panel.shares[kind])}`)));
    return h("tr", { class: total ? "total" : null }, h("th", { scope: "row" }, name), h("td.w-num", {}, link(count(runs))), parts, kinds);
  }
}
