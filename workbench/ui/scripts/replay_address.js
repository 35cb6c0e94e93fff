// What a Replay page's address says: the setup, the result on show, and where its slider stands. Pure.

export const DEFAULTS = { data: "", strategies: [], folds: 5, seed: 0, models: [] };

/** {setup, data, key, curve, at, from} of an address. `setup` is null where the address names no strategies. */
export function parse(search) {
  const given = new URLSearchParams(search);
  const strategies = given.getAll("s").flatMap(strategy);
  const data = given.get("data") ?? "";
  const setup = strategies.length
    ? {
        data,
        strategies,
        folds: whole(given.get("folds"), DEFAULTS.folds),
        seed: whole(given.get("seed"), DEFAULTS.seed),
        models: given.getAll("m"),
      }
    : null;
  return { setup, data, key: given.get("r") ?? "", curve: whole(given.get("curve"), null), at: whole(given.get("at"), null), from: whole(given.get("from"), null) };
}

/** The query of an address, without its question mark; what is as usual is left out. */
export function write(setup, { key = "", curve = null, at = null, from = null } = {}) {
  const query = new URLSearchParams();
  if (setup.data) query.set("data", setup.data);
  for (const one of setup.strategies) query.append("s", spelled(one));
  if (setup.folds !== DEFAULTS.folds) query.set("folds", setup.folds);
  if (setup.seed !== DEFAULTS.seed) query.set("seed", setup.seed);
  for (const model of setup.models) query.append("m", model);
  if (key) query.set("r", key);
  for (const [name, value] of Object.entries({ curve, at, from })) if (value !== null) query.set(name, value);
  return query.toString();
}

/** A request as the server has it, as a setup. */
export const fromRequest = ({ data, strategies, folds, seed, models }) => ({
  data,
  folds,
  seed,
  models: [...(models ?? [])],
  strategies: strategies.map(({ strategy, params, sweep }) => ({ strategy, params: params ?? {}, sweep: sweep ?? null })),
});

function spelled({ strategy, params, sweep }) {
  const more = { ...(Object.keys(params ?? {}).length && { params }), ...(sweep && { sweep }) };
  return Object.keys(more).length ? `${strategy}~${JSON.stringify(more)}` : strategy;
}

// A name, or a name with what differs from the usual. What cannot be read is left out.
function strategy(text) {
  const cut = text.indexOf("~");
  if (cut < 0) return text ? [{ strategy: text, params: {}, sweep: null }] : [];
  try {
    const { params, sweep } = JSON.parse(text.slice(cut + 1));
    return [{ strategy: text.slice(0, cut), params: params ?? {}, sweep: sweep ?? null }];
  } catch {
    return [];
  }
}

function whole(text, otherwise) {
  const value = Number(text);
  return text && Number.isInteger(value) && value >= 0 ? value : otherwise;
}
