// What the next comparison would be made of: columns and setup. Kept in the browser between visits.
import { changed, same } from "./params.js";

const KEY = "workbench.compare";
export const FEWEST = 2;
export const MOST = 4;

/** The kept draft where it still fits what the server offers, else the server's defaults. */
export function restore(setup, storage = localStorage) {
  return fitted(kept(storage) ?? {}, setup);
}

export function keep(draft, storage = localStorage) {
  try {
    storage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // A full or forbidden storage costs the user the memory of a draft, nothing else.
  }
}

function kept(storage) {
  try {
    return JSON.parse(storage.getItem(KEY));
  } catch {
    return null;
  }
}

const BASE = { pool: null, system: "", temperature: 0.7, max_tokens: 512, budget_usd: null };

/** The draft without strategies, parameters and models that do not exist here. Pure. */
export function fitted(draft, setup) {
  const { columns: usual = [], blind = false, ...given } = setup.defaults;
  const named = (column) => (typeof column === "string" ? { strategy: column } : column);
  const known = (columns) => (columns ?? []).map(named).flatMap((column) => fit(column, setup)).slice(0, MOST);
  const mine = known(draft.columns);
  return {
    columns: mine.length >= FEWEST ? mine : known(usual),
    blind: draft.blind ?? blind,
    settings: settle(draft.settings ?? {}, { ...BASE, ...given }, setup.models),
  };
}

function settle(settings, defaults, models) {
  const usable = models.filter((m) => m.usable).map((m) => m.id);
  const kept = Object.fromEntries(Object.keys(BASE).map((key) => [key, settings[key] ?? defaults[key]]));
  const pool = (settings.pool ?? []).filter((id) => usable.includes(id));
  return { ...kept, pool: pool.length ? pool : (defaults.pool ?? usable) };
}

function fit(column, setup) {
  const strategy = setup.strategies.find((s) => s.name === column.strategy);
  const lookup = (name) => setup.strategies.find((s) => s.name === name)?.params ?? [];
  return strategy ? [{ strategy: strategy.name, params: changed(strategy.params, column.params, lookup) }] : [];
}

/** The names of the settings that differ from the defaults, for the Setup button's caption. Pure. */
export function differing(settings, setup) {
  const usual = fitted({}, setup).settings;
  return Object.keys(usual).filter((key) => !same(settings[key], usual[key]));
}
