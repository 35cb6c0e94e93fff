// Fields for a strategy's parameters, made from their metadata.
import { h } from "./dom.js";
import { words } from "./format.js";
import { changed, filled, numeric, paragraphs, ranged, step, unit } from "./params.js";

let serial = 0;
const unique = (name) => `w-field-${name}-${++serial}`;

/**
 * One field for each parameter. `offer` is {strategies, models}; `onchange(params)` gets those that differ from
 * their defaults.
 */
export function controls(metas, params, offer, onchange) {
  const values = filled(metas, params);
  const set = (name) => (value) => {
    values[name] = value;
    onchange(changed(metas, values));
  };
  return h("div.w-fields", {}, metas.map((meta) => field(meta, values[meta.name], offer, set(meta.name))));
}

function field(meta, value, offer, set) {
  const id = unique(meta.name);
  const make = MAKERS[meta.kind] ?? text;
  const body = make(meta, value, set, { id, offer });
  const many = ["models", "weights", "strategy"].includes(meta.kind);
  const name = [words(meta.name), unit(meta) && h("span.w-unit", {}, ` ${unit(meta)}`)];
  if (meta.kind === "flag") return h("div.w-field", {}, body, help(meta, id));
  if (!many) return h("div.w-field", {}, h("label.w-name", { for: id }, name.filter(Boolean)), help(meta, id), body);
  const described = meta.help ? `${id}-help` : null;
  return h("fieldset.w-field", { "aria-describedby": described }, h("legend.w-name", {}, name.filter(Boolean)), help(meta, id), body);
}

const help = (meta, id) => meta.help && h("p.w-help", { id: `${id}-help` }, meta.help);

const describedBy = (meta, id) => (meta.help ? { "aria-describedby": `${id}-help` } : {});

function amount(meta, value, set, { id }) {
  const box = h("input.w-input", {
    type: "number", id, value: value ?? "", min: meta.low, max: meta.high, step: step(meta), ...describedBy(meta, id),
  });
  const slider = ranged(meta) && h("input", {
    type: "range", value: value ?? meta.low, min: meta.low, max: meta.high, step: step(meta),
    "aria-label": `${words(meta.name)}, slider`,
  });
  box.addEventListener("input", () => {
    const number = numeric(meta, box.value);
    const cleared = box.value === "" && meta.default === null;
    box.setAttribute("aria-invalid", String(number === null && !cleared));
    if (number === null && !cleared) return;
    if (slider && number !== null) slider.value = number;
    set(number);
  });
  slider?.addEventListener?.("input", () => {
    box.value = slider.value;
    box.setAttribute("aria-invalid", "false");
    set(Number(slider.value));
  });
  return slider ? h("div.w-pair", {}, slider, box) : box;
}

function flag(meta, value, set, { id }) {
  const onchange = (event) => set(event.target.checked);
  const box = h("input", { type: "checkbox", id, checked: Boolean(value), onchange, ...describedBy(meta, id) });
  return h("label.w-check", {}, box, words(meta.name));
}

function text(meta, value, set, { id }) {
  const oninput = (event) => set(event.target.value);
  return h("input.w-input", { type: "text", id, value: value ?? "", oninput, ...describedBy(meta, id) });
}

function select(options, value, set, props) {
  const onchange = (event) => set(event.target.value);
  const items = options.map(([key, label]) => h("option", { value: key, selected: key === value }, label));
  return h("select.w-input", { onchange, ...props }, items);
}

const choice = (meta, value, set, { id }) =>
  select(meta.choices.map((c) => [c, c]), value, set, { id, ...describedBy(meta, id) });

function model(meta, value, set, { id, offer }) {
  const options = offer.models.map((m) => [m.id, m.id]);
  if (!meta.default) options.unshift(["", "chosen by the strategy"]);
  else if (!offer.models.some((m) => m.id === meta.default)) options.unshift([meta.default, meta.default]);
  const back = (picked) => set(picked === "" ? meta.default : picked);
  return select(options, value ?? "", back, { id, ...describedBy(meta, id) });
}

// An ordered choice: the number says which was chosen first.
function models(meta, value, set, { offer }) {
  let chosen = [...(value ?? [])];
  const rows = offer.models.map((m) => {
    const order = h("span.w-order");
    const box = h("input", { type: "checkbox", checked: chosen.includes(m.id), onchange: () => toggle(m.id, box.checked) });
    return { id: m.id, order, node: h("label.w-check", {}, box, h("code", {}, m.id), order) };
  });
  const number = () => {
    for (const row of rows) row.order.textContent = chosen.includes(row.id) ? `${chosen.indexOf(row.id) + 1}` : "";
  };
  const toggle = (id, on) => {
    chosen = on ? [...chosen, id] : chosen.filter((other) => other !== id);
    number();
    set(chosen);
  };
  number();
  return h("div", {}, rows.map((row) => row.node));
}

function weights(meta, value, set, { offer }) {
  const held = { ...value };
  const row = (m) => {
    const box = h("input.w-input", {
      type: "number", min: 0, step: "any", value: held[m.id] ?? "", placeholder: "1", "aria-label": `weight of ${m.id}`,
    });
    box.addEventListener("input", () => {
      const number = numeric({ kind: "number", low: 0 }, box.value);
      if (number === null) delete held[m.id];
      else held[m.id] = number;
      set({ ...held });
    });
    return h("div.w-weight", {}, h("code", {}, m.id), box);
  };
  return h("div.w-fields", { style: { gap: "4px" } }, offer.models.map(row));
}

// A strategy inside a strategy: its name, then its own parameters.
function strategy(meta, value, set, { offer }) {
  const current = typeof value === "string" || !value ? { strategy: value ?? "", params: {} } : value;
  const inner = h("div.w-inner");
  const choose = (name, params) => {
    const found = offer.strategies.find((s) => s.name === name);
    const done = (next) => set(Object.keys(next).length ? { strategy: name, params: next } : name);
    inner.replaceChildren(...(found ? [about(found), controls(found.params, params, offer, done)] : []));
    inner.hidden = !found;
  };
  const pick = (name) => {
    choose(name, {});
    set(name);
  };
  choose(current.strategy, current.params ?? {});
  const names = offer.strategies.map((s) => [s.name, s.name]);
  const menu = select(names, current.strategy, pick, { "aria-label": words(meta.name) });
  return h("div", {}, menu, inner);
}

const about = (found) => h("p.w-help", {}, paragraphs(found.doc)[0] ?? "");

const MAKERS = { number: amount, integer: amount, flag, choice, text, model, models, weights, strategy };
