// Steps of time and parts of a whole, in words and as addresses. All times are UTC. Pure.

const DAY_MS = 86_400_000;
const written = (at, options) => at.toLocaleString("en-GB", { timeZone: "UTC", ...options });

/** What a part is called: a model or class, none of them, or the rarer ones together. */
export function nameOf(part, by) {
  if (part === null) return "others";
  return part || (by === "model" ? "no answer" : "of no class");
}

/** 14:00 (at midnight the day), 21 Nov, Nov 2026. */
export function tickOf(iso, every) {
  const at = new Date(iso);
  if (every === "month") return written(at, { month: "short", year: "numeric" });
  if (every === "hour" && at.getUTCHours()) return written(at, { hour: "2-digit", minute: "2-digit" });
  return written(at, { day: "numeric", month: "short" });
}

/** The whole step: 21 Nov 2026, 14:00; the week from 21 Nov 2026; Nov 2026. */
export function stepName(iso, every) {
  const at = new Date(iso);
  if (every === "month") return tickOf(iso, every);
  const date = written(at, { day: "numeric", month: "short", year: "numeric" });
  if (every === "hour") return `${date}, ${written(at, { hour: "2-digit", minute: "2-digit" })}`;
  return every === "week" ? `week from ${date}` : date;
}

/** First and last day of a step, as History's filters take them. An hour's is its day: History filters by days. */
export function days(iso, every) {
  const at = new Date(iso);
  const last = new Date(at);
  if (every === "week") last.setTime(at.getTime() + 6 * DAY_MS);
  if (every === "month") last.setUTCMonth(at.getUTCMonth() + 1, 0);
  return { since: at.toISOString().slice(0, 10), until: last.toISOString().slice(0, 10) };
}

/** The page of History with the runs of a part, or of all parts where it is undefined, in a step or in the span. */
export function historyOf({ by }, { strategy }, part, span) {
  return `/history?${new URLSearchParams({ strategy, ...(part && { [by]: part }), ...span })}`;
}

/** First and last day of the whole span. */
export const spanOf = ({ steps, every }) => ({ since: days(steps[0], every).since, until: days(steps.at(-1), every).until });

/** [59, 65], percent. */
export const bracket = ({ low, high }) => `[${Math.round(100 * low)}, ${Math.round(100 * high)}]`;

/** Which steps get a tick: at most `most`, evenly. */
export function ticked(n, most) {
  const every = Math.max(1, Math.ceil(n / Math.max(1, most)));
  return Array.from({ length: n }, (_, i) => i).filter((i) => i % every === 0);
}
