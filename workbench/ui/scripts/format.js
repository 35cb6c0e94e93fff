// Numbers as the pages show them: money, times, rates. Pure.

/** $1,234.50, $4.20, $0.00042: two significant digits below a cent. */
export function money(usd) {
  if (usd === null || usd === undefined) return "–";
  if (usd === 0) return "$0";
  if (usd < 5e-11) return "< $1e-10"; // less than ten decimals can tell
  if (usd >= 0.995) return `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  const digits = Math.min(10, 1 - Math.floor(Math.log10(usd)));
  return `$${usd.toFixed(Math.max(2, digits)).replace(/(\.\d\d\d*?)0+$/, "$1")}`;
}

/** 86 ms, 0.42 s, 12.5 s, 2 min 04 s. */
export function seconds(s) {
  if (s === null || s === undefined) return "–";
  if (s < 0.0995) return `${Math.round(s * 1000)} ms`;
  if (s < 9.995) return `${s.toFixed(2)} s`;
  if (s < 59.95) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** What stands beside a price that nobody is charged. */
export const NOMINAL = "Nominal: a local model charges nothing; this price stands in for one, so that costs can be compared";

export function rate(perSecond) {
  if (perSecond === null || perSecond === undefined) return "–";
  return `${perSecond < 9.95 ? perSecond.toFixed(1) : count(Math.round(perSecond))} tok/s`;
}

/** A share 0..1. */
export function percent(share) {
  if (share === null || share === undefined) return "–";
  if (share > 0 && share < 0.01) return "under 1 %";
  return `${Math.round(share * 100)} %`;
}

/** A score or a parameter: at most `digits` decimals, no needless zeros when whole. */
export function number(value, digits = 2) {
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value)) return count(value);
  if (Math.abs(value) < 10 ** -digits) return value.toPrecision(1);
  return value.toFixed(digits);
}

export const count = (n) => (n === null || n === undefined ? "–" : n.toLocaleString("en-US"));

export const plural = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

/** `max_tokens` as a person reads it. */
export const words = (name) => name.replaceAll("_", " ");

/** A quality or another share of 1, with the digits an interval of it deserves. */
export const score = (value, digits = 3) => (value === null || value === undefined ? "–" : value.toFixed(digits));

/** `[0.845, 0.869]`, the 95 % interval of an estimate {value, low, high}; `shown` writes one end. */
export const interval = ({ low, high }, shown = score) => `[${shown(low)}, ${shown(high)}]`;

/** Money beside its interval: both ends with the digits that tell them apart. */
export function dollars(usd, digits = null) {
  if (usd === null || usd === undefined) return "–";
  return digits === null ? money(usd) : `$${usd.toFixed(digits)}`;
}

/** Decimals that three significant digits of an amount take, at least two. */
export const decimals = (usd) => (usd > 0 ? Math.min(10, Math.max(2, 2 - Math.floor(Math.log10(usd)))) : 2);

/** Microseconds as a person reads them: 64 µs, 2.3 ms. */
export function micros(us) {
  if (us === null || us === undefined) return "–";
  if (us < 9.95) return `${us.toFixed(1)} µs`;
  return us < 995 ? `${Math.round(us)} µs` : us < 995_000 ? `${(us / 1000).toFixed(1)} ms` : seconds(us / 1e6);
}
