// Why this route: a bar for every candidate with its score, the chosen one marked, thresholds, features.
import { h, tint } from "../../scripts/dom.js";
import { money, number, percent, plural, words } from "../../scripts/format.js";

export function mount(root, props, { watch }) {
  const draw = () => root.querySelector(".w-why").replaceChildren(...(props.value ? [whyView(props.value)] : []));
  watch("value", draw);
  draw();
}

/** The line beside the drawer's name. */
export function whyBrief(why) {
  if (!why) return "";
  return why.label || (why.model ? `chose ${why.model}` : "");
}

export function whyView(why) {
  const view = h("div.w-why-view");
  if (why.color) tint(view, why.color);
  if (why.scores?.length) view.append(bars(why));
  if (why.text) view.append(h("p.w-why-text", {}, why.text));
  const facts = [...thresholds(why), ...features(why)];
  if (facts.length) view.append(h("dl.w-facts", {}, facts));
  return view;
}

const lines = (why) => Object.entries(why.thresholds ?? {}).filter(([, value]) => typeof value === "number");

/**
 * [low, high] of the bars: 0 to 1 where all scores lie there (probabilities, shares), else from a little below the
 * least score to the best one, so that the best bar is always the longest. Pure.
 */
export function extent(scores) {
  const least = Math.min(...scores);
  const best = Math.max(...scores);
  if (least >= 0 && best <= 1) return [0, 1];
  return [Math.min(least - (best - least || Math.abs(best)) / 8, best >= 0 ? 0 : least), best];
}

function bars(why) {
  const scores = why.scores.map((s) => s.score).filter((score) => typeof score === "number");
  const [low, high] = extent(scores.length ? scores : [0]);
  const place = (value) => (value - low) / (high - low || 1);
  const marks = lines(why).filter(([, value]) => value >= low && value <= high);
  const { shown, left } = leading(why.scores);
  const list = h("ul.w-bars", {}, shown.map((score) => bar(score, place, marks)));
  if (left.length) list.append(h("li.w-left", {}, `${plural(left.length, "more model")}, none above ${number(left[0].score ?? 0)}`));
  return list;
}

const MOST = 8; // candidates with a bar of their own

/** The candidates worth a bar, best first, the chosen one always among them; and those left out. Pure. */
export function leading(scores) {
  const ranked = scores.toSorted((a, b) => (b.score ?? -Infinity) - (a.score ?? -Infinity));
  if (ranked.length <= MOST) return { shown: ranked, left: [] };
  const shown = ranked.filter((score, i) => i < MOST - 1 || score.chosen).slice(0, MOST);
  return { shown, left: ranked.filter((score) => !shown.includes(score)) };
}

function bar({ model, score, chosen, cost_usd }, place, marks) {
  const style = { "--size": typeof score === "number" ? place(score) : 0 };
  const track = h("span.w-track", { style, "aria-hidden": "true" }, marks.map(([name, value]) => mark(name, place(value))));
  const row = h("li", {}, h("code", { title: model }, model), track, h("span.w-score", {}, typeof score === "number" ? number(score) : "–"));
  if (chosen) row.classList.add("chosen");
  row.append(h("span.w-elsewhere", {}, typeof cost_usd === "number" ? money(cost_usd) : ""));
  if (chosen) row.append(h("span.w-sr", {}, "chosen"));
  return row;
}

const mark = (name, at) => h("i.w-mark", { style: { "--at": at }, title: words(name) });

const thresholds = (why) => lines(why).flatMap(([name, value]) => fact(words(name), number(value), "line"));

function features(why) {
  const facts = Object.entries(why.features ?? {}).flatMap(([name, value]) => fact(words(name), number(value)));
  if (typeof why.propensity === "number" && why.propensity < 1) facts.push(...fact("chosen with probability", percent(why.propensity)));
  return facts;
}

const fact = (name, value, kind) => [h("div", kind ? { class: kind } : {}, h("dt", {}, name), h("dd", {}, value))];
