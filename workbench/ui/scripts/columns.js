// A replay's packed columns as typed arrays over one buffer: choices of every setting, qualities and costs of every cell. Pure.

/** The choice that is no single model: the run failed, or several answered. */
export const SEVERAL = 255;

const KINDS = { u1: Uint8Array, u2: Uint16Array, f4: Float32Array };

/** `doc` is the replay's document, `buffer` what its places point into. */
export function open(doc, buffer) {
  const view = ({ at, kind, shape }) => new KINDS[kind](buffer, at, shape.reduce((a, b) => a * b, 1));
  const [n, m] = doc.cells.quality.shape;
  const quality = view(doc.cells.quality);
  const curves = doc.curves.map((curve) => {
    const several = doc.outcome_cells?.[curve.label];
    const choices = view(curve.choices);
    if (curve.choices.differences) undo(choices, n);
    return { choices, settings: curve.points.length, quality: several && view(several.quality), cost: several && view(several.cost) };
  });
  const best = bests(quality, n, m);
  return { n, m, quality, cost: view(doc.cells.cost), category: view(doc.cells.category), categories: doc.cells.categories, curves, best };
}

// Every row but the first was sent as what differs (XOR) from the row before. In place.
function undo(table, n) {
  for (let i = n; i < table.length; i++) table[i] ^= table[i - n];
}

function bests(quality, n, m) {
  const best = new Float32Array(n);
  for (let row = 0, i = 0; row < n; row++) {
    let top = 0;
    for (let col = 0; col < m; col++, i++) if (quality[i] > top) top = quality[i];
    best[row] = top;
  }
  return best;
}

/** What one setting of one curve came to: means and 95 % intervals, and how many prompts each model answered. */
export function figures({ n, m, best, quality, cost, curves }, which, setting) {
  const { choices, quality: ownQuality, cost: ownCost } = curves[which];
  const counts = new Uint32Array(m + 1); // the last one: no single model
  let [q, c, r, qq, cc, rr] = [0, 0, 0, 0, 0, 0];
  for (let row = 0, i = setting * n; row < n; row++, i++) {
    const col = choices[i];
    counts[col < m ? col : m]++;
    const reached = ownQuality ? ownQuality[i] : quality[row * m + col];
    const spent = ownCost ? ownCost[i] : cost[row * m + col];
    const regret = best[row] - reached;
    q += reached;
    c += spent;
    r += regret;
    qq += reached * reached;
    cc += spent * spent;
    rr += regret * regret;
  }
  return { counts, quality: mean(q, qq, n), cost: mean(c, cc, n), regret: mean(r, rr, n) };
}

// By the normal law: at the hundreds of prompts of a replay it is the bootstrap's to two digits.
function mean(sum, squares, n) {
  const value = sum / n;
  const half = n > 1 ? 1.96 * Math.sqrt(Math.max(0, squares / n - value * value) / (n - 1)) : 0;
  return { value, low: value - half, high: value + half };
}

/**
 * The prompts whose model changes between two settings: their rows and what each gains in quality, how many there are in
 * each category (most first), and on how many the quality rises, falls, or stays.
 */
export function sides({ n, m, quality, category, categories, curves }, which, from, to) {
  const { choices, quality: own } = curves[which];
  const rows = new Int32Array(n);
  const gains = new Float32Array(n);
  const counts = new Uint32Array(categories.length);
  let [found, better, worse] = [0, 0, 0];
  for (let row = 0, a = from * n, b = to * n; row < n; row++, a++, b++) {
    if (choices[a] === choices[b]) continue;
    const gain = own ? own[b] - own[a] : quality[row * m + choices[b]] - quality[row * m + choices[a]];
    rows[found] = row;
    gains[found++] = gain;
    counts[category[row]]++;
    if (gain > 0) better++;
    else if (gain < 0) worse++;
  }
  const byCategory = categories.map((name, i) => [name, counts[i]]).filter(([, count]) => count).sort((x, y) => y[1] - x[1]);
  return { rows: rows.subarray(0, found), gains: gains.subarray(0, found), byCategory, better, worse, same: found - better - worse };
}

/**
 * Of what `sides` found, the `most` rows whose quality changes most, and how many there are in all. `kind` is all, better,
 * worse or same; `category` a number, or -1 for every one.
 */
export function foremost({ rows, gains }, { category }, most, kind = "all", wanted = -1) {
  const held = []; // [size of the change, row], largest first: `most` is small, and nothing is sorted but that
  let total = 0;
  for (let i = 0; i < rows.length; i++) {
    const gain = gains[i];
    if ((wanted >= 0 && category[rows[i]] !== wanted) || (kind !== "all" && kindOf(gain) !== kind)) continue;
    total++;
    const size = Math.abs(gain);
    if (held.length === most && held[most - 1][0] >= size) continue;
    let at = held.length;
    while (at > 0 && held[at - 1][0] < size) at--;
    held.splice(at, 0, [size, rows[i]]);
    if (held.length > most) held.pop();
  }
  return { rows: held.map(([, row]) => row), total };
}

export const kindOf = (gain) => (gain > 0 ? "better" : gain < 0 ? "worse" : "same");

/** One prompt at one setting: the column of the model that answered (or SEVERAL), its quality, and the run's cost. */
export function cell({ n, m, quality, cost, curves }, which, setting, row) {
  const i = setting * n + row;
  const { choices, quality: ownQuality, cost: ownCost } = curves[which];
  const col = row * m + choices[i];
  return { model: choices[i], quality: ownQuality ? ownQuality[i] : quality[col], cost: ownCost ? ownCost[i] : cost[col] };
}

/** The models that answer at some setting of a curve: a Set of columns, `m` for no single model. */
export function answering({ m, curves }, which) {
  const seen = new Uint8Array(256);
  for (const col of curves[which].choices) seen[col] = 1;
  return new Set([...seen.keys()].filter((col) => seen[col]).map((col) => Math.min(col, m)));
}

/** How many prompts of each category each model answered: [{category, total, counts}], the last count: no single model. */
export function mixes({ n, m, category, categories, curves }, which, setting) {
  const found = categories.map((name) => ({ category: name, total: 0, counts: new Array(m + 1).fill(0) }));
  const { choices } = curves[which];
  for (let row = 0, i = setting * n; row < n; row++, i++) {
    const one = found[category[row]];
    one.total++;
    one.counts[choices[i] < m ? choices[i] : m]++;
  }
  return found;
}
