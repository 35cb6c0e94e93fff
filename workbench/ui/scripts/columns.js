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
export function figures(columns, which, setting) {
  const { n, m, best } = columns;
  const counts = new Uint32Array(m + 1); // the last one: no single model
  const sums = new Float64Array(6);
  const { choices } = columns.curves[which];
  for (let row = 0, i = setting * n; row < n; row++, i++) {
    const col = choices[i];
    counts[col < m ? col : m]++;
    const quality = qualityOf(columns, which, i, row);
    const cost = costOf(columns, which, i, row);
    const regret = best[row] - quality;
    sums[0] += quality;
    sums[1] += cost;
    sums[2] += regret;
    sums[3] += quality * quality;
    sums[4] += cost * cost;
    sums[5] += regret * regret;
  }
  return { counts, quality: mean(sums[0], sums[3], n), cost: mean(sums[1], sums[4], n), regret: mean(sums[2], sums[5], n) };
}

/** Quality at cell `i` = setting x n + row: the chosen model's, or the run's own where it made several calls. */
function qualityOf({ m, quality, curves }, which, i, row) {
  const curve = curves[which];
  return curve.quality ? curve.quality[i] : quality[row * m + curve.choices[i]];
}

function costOf({ m, cost, curves }, which, i, row) {
  const curve = curves[which];
  return curve.cost ? curve.cost[i] : cost[row * m + curve.choices[i]];
}

// By the normal law: at the hundreds of prompts of a replay it is the bootstrap's to two digits.
function mean(sum, squares, n) {
  const value = sum / n;
  const half = n > 1 ? 1.96 * Math.sqrt(Math.max(0, squares / n - value * value) / (n - 1)) : 0;
  return { value, low: value - half, high: value + half };
}

/**
 * The prompts whose model changes between two settings: their rows, how many in each category (most first), and on how
 * many the quality rises, falls, or stays.
 */
export function sides(columns, which, from, to) {
  const { n, category, categories } = columns;
  const { choices } = columns.curves[which];
  const rows = [];
  const counts = new Uint32Array(categories.length);
  let better = 0;
  let worse = 0;
  for (let row = 0, a = from * n, b = to * n; row < n; row++, a++, b++) {
    if (choices[a] === choices[b]) continue;
    rows.push(row);
    counts[category[row]]++;
    const gain = qualityOf(columns, which, b, row) - qualityOf(columns, which, a, row);
    if (gain > 0) better++;
    else if (gain < 0) worse++;
  }
  const byCategory = categories.map((name, i) => [name, counts[i]]).filter(([, count]) => count).sort((x, y) => y[1] - x[1]);
  return { rows, byCategory, better, worse, same: rows.length - better - worse };
}

/** One prompt at one setting: the column of the model that answered (or SEVERAL), its quality, and the run's cost. */
export function cell(columns, which, setting, row) {
  const i = setting * columns.n + row;
  return { model: columns.curves[which].choices[i], quality: qualityOf(columns, which, i, row), cost: costOf(columns, which, i, row) };
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
