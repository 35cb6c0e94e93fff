// Parameters of a strategy: defaults, what differs from them, and how that reads. Pure.
import { number, words } from "./format.js";

export const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** Every parameter's value: the given one, else its default. */
export function filled(metas, params = {}) {
  return Object.fromEntries(metas.map((m) => [m.name, m.name in params ? params[m.name] : m.default]));
}

/**
 * Only the known parameters that differ from their default: what is worth sending and storing.
 * `lookup(name)` gives the metadata of a strategy inside a strategy.
 */
export function changed(metas, params = {}, lookup = () => []) {
  const pairs = metas.filter((m) => m.name in params).map((m) => [m, brief(m, params[m.name], lookup)]);
  return Object.fromEntries(pairs.filter(([m, value]) => !same(value, m.default)).map(([m, value]) => [m.name, value]));
}

// A strategy inside a strategy is its name alone where its own parameters are the defaults.
function brief(meta, value, lookup) {
  if (meta.kind !== "strategy" || !value?.strategy) return value;
  const params = changed(lookup(value.strategy), value.params, lookup);
  return Object.keys(params).length ? { strategy: value.strategy, params } : value.strategy;
}

/** "accept 0.70 · large qwen": the parameters that differ, as a chip shows them. */
export function caption(metas, params = {}, lookup) {
  const differing = changed(metas, params, lookup);
  return metas
    .filter((m) => m.name in differing)
    .map((m) => `${words(m.name)} ${shown(m, differing[m.name])}`)
    .join(" · ");
}

function shown(meta, value) {
  if (value === null || value === "") return "none";
  if (meta.kind === "flag") return value ? "on" : "off";
  if (meta.kind === "strategy") return value.strategy ?? value;
  if (meta.kind === "weights") return Object.entries(value).map(([k, v]) => `${k} ${number(v)}`).join(", ") || "even";
  if (Array.isArray(value)) return value.join(" → ") || "none";
  const text = typeof value === "number" ? number(value) : String(value);
  return unit(meta) ? `${text} ${unit(meta)}` : text;
}

/** The unit, where the name does not say it already. */
export const unit = (meta) => (words(meta.name).endsWith(meta.unit ?? "") ? "" : meta.unit);

/** A slider's step: whole for integers, else a round hundredth of the range. */
export function step(meta) {
  if (meta.kind === "integer") return 1;
  if (!ranged(meta)) return "any";
  return 10 ** Math.floor(Math.log10((meta.high - meta.low) / 50));
}

export const ranged = (meta) => typeof meta.low === "number" && typeof meta.high === "number" && meta.high > meta.low;

/** The number typed, or null where it is none or out of range. */
export function numeric(meta, text) {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) return null;
  if (meta.kind === "integer" && !Number.isInteger(value)) return null;
  if (typeof meta.low === "number" && value < meta.low) return null;
  if (typeof meta.high === "number" && value > meta.high) return null;
  return value;
}

/** Explanation of a strategy: its paragraphs, lines joined. */
export function paragraphs(doc = "") {
  return doc.split(/\n\s*\n/).map((p) => p.replace(/\s*\n\s*/g, " ").trim()).filter(Boolean);
}

export const firstSentence = (doc = "") => (paragraphs(doc)[0] ?? "").match(/^.*?\.(?=\s|$)|^.*$/)?.[0] ?? "";
