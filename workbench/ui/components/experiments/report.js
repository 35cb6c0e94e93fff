// One experiment: the sentence, the plot, then the tables.
import { dot, h, tint } from "../../scripts/dom.js";
import { count, money, NOMINAL, plural, seconds } from "../../scripts/format.js";
import { pathPlot } from "./plot.js";

const FIRST = 10;

/** The nodes of an experiment's report. */
export function reportView(made) {
  return [
    h("p.w-lead", {}, made.sentence.map(piece)),
    made.note && h("p.w-soft.w-experiment-note", {}, made.note),
    section("Difference over time", pathPlot(made), h("p.w-soft", {}, `${made.correction} Every interval holds at all looks together: stop when you like.`)),
    section("Strategies", ...strategies(made)),
    section("Comparisons", comparisons(made)),
    section("Stop rules", ...guards(made)),
    section("What if", ...whatIf(made)),
    made.assign === "paired" && section("Disagreements", ...disagreements(made)),
    foot(made),
  ].filter(Boolean);
}

const piece = ({ kind, text }) => (kind === "strong" ? h("strong", {}, text) : kind === "interval" ? h("span.w-num.w-soft", {}, text) : text);

const section = (title, ...parts) => h("section.w-experiment-part", {}, h("h2", {}, title), parts.filter(Boolean));

function table(label, heads, rows) {
  const head = h("tr", {}, heads.map((name) => h("th", { scope: "col" }, name)));
  const body = rows.map(([first, ...rest]) => h("tr", {}, h("th", { scope: "row" }, first), rest.map((cell) => (cell instanceof HTMLTableCellElement ? cell : h("td", {}, cell)))));
  return h("div.w-page-scroll", { tabindex: "0", role: "region", "aria-label": label }, h("table.w-table.w-report-table", {}, h("thead", {}, head), h("tbody", {}, body)));
}

const named = (made, label) => h("span.w-run-strategy", {}, dot(made.colors?.[label]), label);

/** 0.857 with its interval softly beside it. */
function span(estimate, shown) {
  if (!estimate) return h("span.w-soft", {}, "–");
  return h("span.w-num", {}, shown(estimate.value), h("small", {}, ` [${shown(estimate.low)}, ${shown(estimate.high)}]`));
}

const share = (value) => value.toFixed(3);
const points = (value) => `${value >= 0 ? "+" : "−"}${Math.abs(100 * value).toFixed(1)}`;
const positive = (show) => (value) => (value < 0 ? `−${show(-value)}` : show(value));

function strategies(made) {
  const nominal = made.strategies.some((one) => one.nominal);
  const heads = ["Strategy", "Runs", "Quality", nominal ? "Cost / 1k prompts, nominal" : "Cost / 1k prompts", "Latency", "Failed"];
  const rows = made.strategies.map((one) => [
    named(made, one.label),
    h("span.w-num", {}, count(one.n)),
    span(one.quality, share),
    h("span", { title: one.nominal ? NOMINAL : null }, span(one.cost, positive(money))),
    span(one.latency_s, positive(seconds)),
    span(one.failed, share),
  ]);
  const note = "Quality and failures: intervals that hold whenever you look. Costs and times have no upper bound to bet against: the usual 95 %, for one look.";
  return [table("Strategies", heads, rows), h("p.w-soft", {}, note)];
}

function comparisons(made) {
  const heads = [`Against ${made.strategies[0].label}`, `${made.observation === "user" ? "Users" : "Prompts"}`, "Difference, points", "E-value", "Shown (Holm)", "Shown (e-BH)"];
  const rows = made.comparisons.map((one) => [
    named(made, one.strategy),
    h("span.w-num", {}, count(one.n)),
    span(one.difference, points),
    h("span.w-num", {}, figure(one.e_value)),
    yes(one.shown),
    yes(one.shown_fdr),
  ]);
  return table("Comparisons", heads, rows);
}

const figure = (value) => (value >= 1e6 ? value.toExponential(1) : value >= 100 ? count(Math.round(value)) : value.toPrecision(3));
const yes = (value) => (value ? h("strong.w-yes", {}, "yes") : h("span.w-soft", {}, "no"));

const LIMITS = { cost: (v) => `${money(v)} a prompt`, latency: (v) => `${seconds(v)} a prompt`, errors: (v) => `${(100 * v).toPrecision(2)} % of runs` };

function guards(made) {
  if (!made.guards.length) return [h("p.w-soft", {}, "None was set. A rule such as --guard errors=0.05 ends an experiment when a strategy is shown above its limit.")];
  const rows = made.guards.map((one) => [
    named(made, one.strategy),
    one.watches,
    h("span.w-num", {}, LIMITS[one.watches](one.limit)),
    h("span.w-num", {}, one.mean === null ? "–" : LIMITS[one.watches](one.mean)),
    h("span.w-num", {}, `${figure(one.e_value)} of ${figure(one.needed)}`),
    one.crossed ? h("strong.w-no", {}, `called after ${plural(one.crossed, "run")}`) : h("span.w-soft", {}, "holds"),
  ]);
  const note = `A mean is shown above its limit when its e-value passes the bound, at any look; all rules together call falsely with at most ${Math.round(100 * made.alpha)} %.`;
  return [table("Stop rules", ["Strategy", "Watches", "Limit", "Mean", "E-value", "State"], rows), h("p.w-soft", {}, note)];
}

function whatIf(made) {
  if (!made.off_policy.length) return [h("p.w-soft", {}, "Every strategy answered every prompt and none draws its models: what only one of them would have reached is its own row above.")];
  const rows = made.off_policy.map((one) => [
    h("span", {}, one.question, h("small", {}, ` from ${one.from}`)),
    h("span.w-num", {}, count(one.n)),
    h("span.w-num", {}, one.effective === null ? "–" : count(Math.round(one.effective))),
    ...(one.refusal ? [h("td.w-soft.w-said", { colspan: "3" }, `No answer: ${one.refusal}.`)] : [span(one.ips, share), span(one.snips, share), span(one.doubly_robust, share)]),
  ]);
  const doubtful = made.off_policy.filter((one) => one.warning).map((one) => one.question);
  const warning = doubtful.length && h("p.w-soft", {}, `Too narrow, for an effective sample size under 150: the intervals of ${doubtful.map((question) => `“${question}”`).join(", ")}.`);
  return [table("What if", ["What if", "Rounds", "Effective", "IPS", "SNIPS", "Doubly robust"], rows), warning];
}

function disagreements(made) {
  const { count: all, rows } = made.disagreements;
  if (!all) return [h("p.w-soft", {}, "All strategies did equally well on every prompt.")];
  const head = h("p.w-soft", {}, `${plural(all, "prompt")} on which one did better than another${all > rows.length ? `; the first ${rows.length} are kept here` : ""}.`);
  const list = h("div.w-differ", {}, rows.slice(0, FIRST).map((row) => disagreement(made, row)));
  const rest = ({ currentTarget }) => {
    list.append(...rows.slice(FIRST).map((row) => disagreement(made, row)));
    list.children[FIRST].querySelector("summary").focus();
    currentTarget.remove();
  };
  return [head, list, rows.length > FIRST && h("button.w-button.small.w-differ-more", { type: "button", onclick: rest }, `Show ${rows.length - FIRST} more`)];
}

function disagreement(made, row) {
  const marks = row.answers.map((a) => h("span.w-differ-mark", {}, dot(made.colors?.[a.strategy]), h("span.w-num", {}, a.quality.toFixed(2))));
  const answers = row.answers.map((a) =>
    tint(
      h(
        "div.w-differ-answer",
        {},
        h("p.w-differ-who", {}, named(made, a.strategy), h("code", {}, a.model || "no model"), h("a", { href: `/history?run=${encodeURIComponent(a.run)}` }, "Open the run")),
        h("p", { dir: "auto", class: a.error ? "w-no" : null }, a.error || a.text || "(empty)"),
      ),
      made.colors?.[a.strategy],
    ),
  );
  const summary = h("summary", {}, h("span.w-differ-prompt", { dir: "auto" }, row.prompt), h("span.w-differ-marks", {}, marks));
  return h("details", {}, summary, h("div.w-differ-answers", {}, answers));
}

function foot(made) {
  const beyond = made.beyond ? ` ${plural(made.beyond, "case")} wait for one before them.` : "";
  const how = made.assign === "paired" ? "every strategy answers each prompt" : `strategies drawn by ${made.assign}`;
  const links = [
    ["Report as Markdown", "md"],
    ["JSON", "json"],
  ].map(([text, form]) => h("a.w-button.small", { href: `/api/experiments/${encodeURIComponent(made.id)}/report.${form}`, download: `${made.name}.${form}` }, text));
  const facts = `Suite ${made.suite} (${made.suite_key.slice(0, 12)}), ${how}, seed ${made.seed}, workbench ${made.workbench}.${beyond}`;
  return h("div.w-experiment-foot", {}, h("p.w-soft", {}, facts), h("div", {}, links));
}
