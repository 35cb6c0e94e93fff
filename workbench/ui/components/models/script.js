// The catalog: usable models as a table, the others folded away with what each needs.
import { setup } from "../../scripts/api.js";
import { h } from "../../scripts/dom.js";
import { count, money, NOMINAL, percent, plural, seconds } from "../../scripts/format.js";

const HEADS = ["Model", "In, $ per 1M tokens", "Out, $ per 1M tokens", "Context, tokens"];
const EXTRA = ["Can", "Region", "Lately"]; // columns that are drawn only where a model says something

export async function mount(root) {
  const lead = root.querySelector(".w-models-lead");
  try {
    const { models } = await setup();
    const usable = models.filter((m) => m.usable);
    const others = models.filter((m) => !m.usable);
    lead.textContent = told(usable.length, models);
    root.querySelector(".w-models-body").replaceChildren(...shelves(usable, others));
  } catch (error) {
    lead.textContent = error.message;
  }
}

function told(ready, models) {
  const nominal = models.some((m) => m.usable && m.nominal) ? ` ${NOMINAL}.` : "";
  return `${plural(ready, "model")} of ${count(models.length)} ready. A key in the environment, or an entry in models.toml, makes more so.${nominal}`;
}

function shelves(usable, others) {
  const fold = h("details.w-models-more", { open: !usable.length }, h("summary", {}, `${count(others.length)} more need something first`), shelf(others, "Models that need something first"));
  return [usable.length ? shelf(usable, "Models that are ready") : null, others.length ? fold : null].filter(Boolean);
}

const shelf = (models, label) => h("div.w-page-scroll", { tabindex: "0", role: "group", "aria-label": label }, table(models));

function table(models) {
  const shown = EXTRA.map((_, i) => models.some((m) => cells(m)[i]));
  const needs = models.some((m) => !m.usable);
  const names = [HEADS[0], needs && "Needs", ...HEADS.slice(1), ...EXTRA.filter((_, i) => shown[i])].filter(Boolean);
  const head = h("thead", {}, h("tr", {}, names.map((name) => h("th", { scope: "col" }, name))));
  return h("table.w-table.w-cards", {}, head, h("tbody", {}, models.map((m) => row(m, shown))));
}

const cells = (m) => [m.capabilities.join(", "), m.region, lately(m)];

// How its calls of the last hour went, and what its breaker does about it.
function lately({ latency_s, ttft_s, error_rate, breaker }) {
  const said = [];
  if (typeof latency_s === "number") said.push(seconds(latency_s) + (typeof ttft_s === "number" ? `, first token ${seconds(ttft_s)}` : ""));
  if (error_rate) said.push(`${percent(error_rate)} failed`);
  const shut = breaker && breaker.state !== "closed" && standing(breaker);
  return said.length || shut ? h("span.w-lately", {}, shut, h("span", {}, said.join(" · "))) : "";
}

function standing({ state, retry_in_s, why }) {
  const next = state === "open" ? `tries again in ${seconds(retry_in_s)}` : "the next call tries it";
  return h("span.w-shut", { "data-state": state, title: why }, h("b", {}, `Breaker ${state}`), ` ${next}: ${why}`);
}

function row(m, shown) {
  const price = (usd, name) => h("td.w-figure", { "data-name": name }, money(usd), m.nominal && h("small", { title: NOMINAL }, " nominal"));
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("code", {}, m.id), h("small", {}, m.provider)),
    m.usable ? false : h("td.w-needs", {}, m.reason),
    price(m.price_in, "in"),
    price(m.price_out, "out"),
    h("td.w-figure", { "data-name": "context" }, count(m.context)),
    cells(m).map((text, i) => shown[i] && h("td", {}, text)),
  );
}
