// What a replay is set up with: data, folds, seed, models; and for each strategy the parameter that is swept.
import { h, openPopover } from "../../scripts/dom.js";
import { count, number, plural, words } from "../../scripts/format.js";
import { numeric } from "../../scripts/params.js";

const FIRST = [
  { strategy: "knn", params: {}, sweep: null },
  { strategy: "complexity", params: {}, sweep: null },
  { strategy: "cascade", params: {}, sweep: null },
];
const SHIPPED = "reasoning";
const STEPS = 21;

/** The setup of a page nobody has changed yet; `wanted` is the data set that a link named. Pure. */
export function usual(setup, datasets, wanted = "") {
  const known = FIRST.filter((one) => setup.strategies.some((s) => s.name === one.strategy));
  const strategies = known.length ? known : [{ strategy: setup.strategies[0].name, params: {}, sweep: null }];
  const readable = datasets.filter((one) => !one.problem);
  const named = (name) => readable.find((one) => one.name === name);
  const data = (named(wanted) ?? named(SHIPPED) ?? readable[0])?.name ?? "";
  return { data, strategies, folds: 5, seed: 0, models: [] };
}

/** What a chip says of the sweep. Pure. */
export const noted = ({ sweep }) => (sweep ? `${words(sweep.param)} ${number(sweep.low)} to ${number(sweep.high)}, ${sweep.steps} steps` : "");

/** The parameters that can be swept: numbers, but for those that take part in fitting. Pure. */
export const swept = (strategy) => strategy.params.filter((p) => (p.kind === "number" || p.kind === "integer") && !p.learned);

/** The same setup where what takes part in fitting has its own default, not that of the fit kept: a replay fits anew. Pure. */
export function unfitted(setup) {
  const own = (s) => s.params.map((p) => (p.name in s.unfitted ? { ...p, default: s.unfitted[p.name] } : p));
  return { ...setup, strategies: setup.strategies.map((s) => ({ ...s, params: own(s) })) };
}

/** Fields that choose what is swept; null for a strategy without numbers. */
export function sweepFields(column, strategy, change) {
  const able = swept(strategy);
  if (!able.length) return null;
  const nothing = able.some((p) => p.name === "lambda") ? "lambda, 0 to 1 in 101 steps" : "nothing: one point";
  const options = [["", nothing], ...able.map((p) => [p.name, words(p.name)])];
  const inner = h("div.w-sweep");
  const menu = h("select.w-input", { id: "w-sweep-param" }, options.map(([value, text]) => h("option", { value }, text)));
  menu.value = column.sweep?.param ?? "";
  menu.addEventListener("change", () => {
    const sweep = menu.value ? ranged(able.find((p) => p.name === menu.value)) : null;
    change({ sweep });
    inner.replaceChildren(...limits(sweep, change));
  });
  inner.append(...limits(column.sweep, change));
  const help = h("p.w-help", { id: "w-sweep-help" }, "Each value makes one point of the curve.");
  return h("div.w-field", {}, h("label.w-name", { for: menu.id }, "Sweep"), help, menu, inner);
}

/** A first range: around the default, within the parameter's own. Pure. */
export function ranged(meta) {
  const usual = typeof meta.default === "number" ? meta.default : 0;
  const reach = 3 * Math.abs(usual) || 1;
  const whole = meta.kind === "integer" ? Math.round : (value) => Number(value.toPrecision(6));
  const low = whole(Math.max(meta.low ?? -Infinity, usual - reach));
  const high = whole(Math.min(meta.high ?? Infinity, usual + reach));
  const steps = meta.kind === "integer" ? Math.min(STEPS, Math.round(high - low) + 1) : STEPS;
  return { param: meta.name, low, high, steps };
}

function limits(sweep, change) {
  if (!sweep) return [];
  const held = { ...sweep };
  return [["low", "from", {}], ["high", "to", {}], ["steps", "steps", { min: 1, max: 1001, step: 1 }]].map(([name, label, props]) => {
    const box = h("input.w-input", { type: "number", step: "any", ...props, value: held[name] });
    box.addEventListener("input", () => {
      const meta = name === "steps" ? { kind: "integer", low: 1, high: 1001 } : { kind: "number" };
      const value = numeric(meta, box.value);
      box.setAttribute("aria-invalid", String(value === null));
      if (value === null) return;
      held[name] = value;
      change({ sweep: { ...held } });
    });
    return h("label.w-sweep-limit", {}, h("span", {}, label), box);
  });
}

/** Data, folds, seed, models and the Run button. `page` has draft, datasets, dataset, change(fields), run(), current. */
export class SetupForm {
  constructor(form, pool, page) {
    Object.assign(this, { form, pool, page });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      page.run();
    });
  }

  draw() {
    const { draft, datasets, dataset, current } = this.page;
    const held = this.form.contains(document.activeElement) ? document.activeElement.name : "";
    const runnable = Boolean(dataset && !dataset.problem);
    const run = h("button.w-button.primary", { type: "submit", disabled: !runnable || current, name: "run", title: current ? "This is what is shown" : null }, "Run");
    const problem = dataset?.problem && h("p.w-replay-problem", { role: "alert" }, dataset.problem);
    this.form.replaceChildren(this.data(draft, datasets), this.folds(draft, dataset), this.seed(draft), this.models(draft, dataset), run, ...(problem ? [problem] : []));
    if (held) this.form.elements[held]?.focus();
  }

  data({ data }, datasets) {
    const options = datasets.map((one) => [one.name, one.problem ? `${one.name} (cannot be read)` : `${one.name} · ${count(one.prompts)} prompts, ${plural(one.models.length, "model")}`]);
    if (!datasets.some((one) => one.name === data)) options.unshift([data, data ? `${data} (not here)` : "none"]);
    return field("Data", select("data", options, data, (value) => this.page.change({ data: value, models: [] })));
  }

  folds({ folds }, dataset) {
    const known = [2, 3, 5, 10];
    const options = [...new Set([...known, folds])].filter(Boolean).sort((a, b) => a - b).map((k) => [String(k), plural(k, "fold")]);
    if (dataset?.splits?.length || folds === 0) options.unshift(["0", "its own split"]);
    return field("Judged by", select("folds", options, String(folds), (value) => this.page.change({ folds: Number(value) })), "Each prompt is judged by what did not see it");
  }

  seed({ seed }) {
    const box = h("input.w-input", { name: "seed", type: "number", min: 0, max: 2 ** 31 - 1, step: 1, value: seed });
    box.addEventListener("change", () => {
      const value = numeric({ kind: "integer", low: 0, high: 2 ** 31 - 1 }, box.value);
      this.page.change({ seed: value ?? 0 });
    });
    return field("Seed", box, "Of folds and resamples");
  }

  models({ models }, dataset) {
    const all = dataset?.models ?? [];
    const text = models.length ? `${models.length} of ${all.length}` : all.length ? `all ${all.length}` : "none";
    const button = h("button.w-input.w-pool-open", { type: "button", name: "models", disabled: !all.length, "aria-haspopup": "dialog", onclick: () => this.openPool(button) }, text);
    return field("Models", button);
  }

  openPool(anchor) {
    const all = this.page.dataset.models;
    const chosen = new Set(this.page.draft.models.length ? this.page.draft.models : all);
    const rows = all.map((id) => {
      const box = h("input", { type: "checkbox", checked: chosen.has(id) });
      box.addEventListener("change", () => {
        box.checked ? chosen.add(id) : chosen.delete(id);
        if (!chosen.size) chosen.add(id), (box.checked = true); // none would mean all
        this.page.change({ models: chosen.size === all.length ? [] : all.filter((one) => chosen.has(one)) });
      });
      return h("label.w-check", {}, box, h("code", {}, id));
    });
    this.pool.replaceChildren(h("div.w-edit-body", {}, h("p", {}, "Only these of the recorded models."), h("div", {}, rows)));
    openPopover(this.pool, anchor);
    this.pool.querySelector("input").focus();
  }
}

function select(name, options, value, onpick) {
  const menu = h("select.w-input", { name, onchange: () => onpick(menu.value) }, options.map(([key, text]) => h("option", { value: key }, text)));
  menu.value = value;
  return menu;
}

function field(name, control, about = null) {
  control.id = `w-replay-${control.name}`;
  return h("div.w-field", { title: about }, h("label.w-name", { for: control.id }, name), control);
}
