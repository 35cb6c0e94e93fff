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

/** The draft without strategies, parameters and models that do not exist here. Pure. */
export function fitted(draft, setup) {
  const { columns: usual = [], blind = false, ...settings } = setup.defaults;
  const columns = (draft.columns ?? []).flatMap((column) => known(column, setup)).slice(0, MOST);
  const enough = columns.length >= FEWEST ? columns : usual.map((c) => ({ strategy: c.strategy, params: c.params ?? {} }));
  const usable = setup.models.filter((m) => m.usable).map((m) => m.id);
  const pool = (draft.settings?.pool ?? []).filter((id) => usable.includes(id));
  const mine = Object.fromEntries(Object.keys(settings).map((key) => [key, draft.settings?.[key] ?? settings[key]]));
  return {
    columns: enough,
    blind: draft.blind ?? blind,
    settings: { ...mine, pool: pool.length ? pool : (settings.pool ?? usable) },
  };
}

function known(column, setup) {
  const strategy = setup.strategies.find((s) => s.name === column.strategy);
  return strategy ? [{ strategy: strategy.name, params: changed(strategy.params, column.params) }] : [];
}

/** The names of the settings that differ from the defaults, for the Setup button's caption. Pure. */
export function differing(settings, defaults) {
  return Object.keys(settings).filter((key) => key in defaults && !same(settings[key], defaults[key]));
}
