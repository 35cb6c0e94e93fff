// Scales and ticks of plots. Pure.

const ROUND = [1, 2, 2.5, 5, 10];

/** A round step that cuts a span into about `count` parts. */
export function roundStep(span, count) {
  const raw = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ROUND.find((r) => r * power >= raw * 0.999);
}

/** Linear: {min, max, ticks, at(value)} with ends on whole steps; `from` and `to` are pixels. */
export function linear(values, from, to, count = 5) {
  const [low, high] = ends(values);
  const spread = high > low ? high - low : Math.abs(high) || 1;
  const step = roundStep(spread, count);
  const min = Math.floor(low / step + 1e-9) * step;
  const max = Math.max(min + step, Math.ceil(high / step - 1e-9) * step);
  const ticks = Array.from({ length: Math.round((max - min) / step) + 1 }, (_, i) => clean(min + i * step));
  return { min, max, ticks, step, at: (value) => from + ((value - min) / (max - min)) * (to - from) };
}

/** Logarithmic, with a little room at both ends. What is 0 or less lies at the left end: a log scale has no place for it. */
export function logarithmic(values, from, to, most = 6) {
  const positive = values.filter((v) => v > 0 && Number.isFinite(v));
  const [least, high] = positive.length ? ends(positive) : [1, 10];
  const low = positive.length < values.length ? least / 2 : least;
  const room = Math.max(Math.log10(high / low) * 0.04, 0.02);
  const [min, max] = [low / 10 ** room, high * 10 ** room];
  const at = (value) => from + (Math.log(Math.max(value, min) / min) / Math.log(max / min)) * (to - from);
  return { min, max, ticks: decades(min, max, most), at };
}

function decades(min, max, most) {
  for (const marks of [[1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]) {
    const ticks = [];
    for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) {
      ticks.push(...marks.map((mark) => clean(mark * 10 ** power)).filter((tick) => tick >= min && tick <= max));
    }
    if (ticks.length <= most || marks.length === 1) return thinned(ticks, most);
  }
}

const thinned = (ticks, most) => ticks.filter((_, i) => i % Math.ceil(ticks.length / most) === 0);

const clean = (value) => Number(value.toPrecision(12));

// Not Math.min(...values): a plot may have more values than a call has room for.
function ends(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}
