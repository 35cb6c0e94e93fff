// The catalog as a table: usable models first, then what the others need.
import { setup } from "../../scripts/api.js";
import { h } from "../../scripts/dom.js";
import { count, money, plural } from "../../scripts/format.js";

const HEADS = ["Model", "State", "In, $ / M", "Out, $ / M", "Context"];

export async function mount(root) {
  const lead = root.querySelector(".w-models-lead");
  try {
    const { models } = await setup();
    const usable = models.filter((m) => m.usable);
    lead.textContent = `${plural(usable.length, "model")} of ${count(models.length)} ready. A key in the environment, or an entry in models.toml, makes more so.`;
    root.querySelector(".w-scroll").replaceChildren(table([...usable, ...models.filter((m) => !m.usable)]));
  } catch (error) {
    lead.textContent = error.message;
  }
}

function table(models) {
  const shown = EXTRA.map((_, i) => models.some((m) => cells(m)[i]));
  const names = [...HEADS, ...EXTRA.filter((_, i) => shown[i])];
  const head = h("thead", {}, h("tr", {}, names.map((name) => h("th", { scope: "col" }, name))));
  return h("table.w-table", {}, head, h("tbody", {}, models.map((m) => row(m, shown))));
}

const EXTRA = ["Can", "Region"]; // columns that are drawn only where a model says something
const cells = (m) => [m.capabilities.join(", "), m.region];

function row(m, shown) {
  const state = h("td", {}, h(`span.w-state${m.usable ? ".ready" : ""}`, {}, m.usable ? "ready" : m.reason));
  const price = (usd) => h("td.w-figure", {}, money(usd), m.nominal && h("small", {}, " nominal"));
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("code", {}, m.id), h("small", {}, m.provider)),
    state,
    price(m.price_in),
    price(m.price_out),
    h("td.w-figure", {}, count(m.context)),
    cells(m).map((text, i) => shown[i] && h("td", {}, text)),
  );
}
