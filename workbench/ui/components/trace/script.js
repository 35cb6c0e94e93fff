// The calls of a run on one time axis: bars for wait and stream, failures with their text.
import { h, icon } from "../../scripts/dom.js";
import { count, money, plural, seconds } from "../../scripts/format.js";

export function mount(root, props, { watch }) {
  const draw = () => root.querySelector(".w-trace").replaceChildren(...(props.value?.length ? [traceView(props.value)] : []));
  watch("value", draw);
  draw();
}

export function traceBrief(trace) {
  if (!trace?.length) return "";
  const failed = trace.filter((call) => call.error).length;
  return plural(trace.length, "call") + (failed ? `, ${failed} failed` : "");
}

export function traceView(trace) {
  const end = Math.max(0.001, ...trace.map(endOf));
  const ticks = axis(end);
  const scale = h("div.w-axis", { "aria-hidden": "true" }, h("div.w-ticks", {}, ticks.map((t) => tick(t, end))));
  return h("div.w-trace-view", {}, scale, h("ol.w-calls", {}, trace.map((call) => row(call, end, ticks))));
}

const endOf = (call) => call.end_s ?? call.start_s + (call.wait_s ?? 0) + (call.stream_s ?? 0);

/** Round marks for a time axis of this length: one to four of them. Pure. */
export function axis(end) {
  const rough = end / 3;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((m) => m * unit >= rough);
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
}

const tick = (t, end) => h("span", { style: { "--at": t / end } }, t === 0 ? "0" : short(t));

const short = (t) => (t < 0.1 ? `${round(t * 1000)} ms` : `${round(t)} s`);
const round = (t) => parseFloat(t.toPrecision(3));

function row(call, end, ticks) {
  const took = endOf(call) - call.start_s;
  const style = { "--from": call.start_s / end, "--wait": (call.wait_s ?? took) / end, "--stream": (call.stream_s ?? 0) / end };
  const lane = h("span.w-lane", { "aria-hidden": "true" }, ticks.map((t) => h("i", { style: { "--at": t / end } })), h("b", { style }));
  const name = h("span.w-call", {}, h("span.w-role", {}, call.role), " ", h("code", { title: call.model }, call.model));
  const item = h("li", {}, name, lane, h("span.w-took", {}, seconds(took)), details(call));
  if (call.error) item.append(h("span.w-call-error", {}, `${call.kind ? `${call.kind.replaceAll("_", " ")}: ` : ""}${call.error}`));
  item.classList.toggle("bad", Boolean(call.error));
  return item;
}

function details(call) {
  const parts = [];
  if (call.tokens_in || call.tokens_out) parts.push(`${count(call.tokens_in)} in, ${count(call.tokens_out)} out`);
  if (typeof call.cost_usd === "number") parts.push(money(call.cost_usd));
  if (typeof call.wait_s === "number") parts.push(`waited ${seconds(call.wait_s)}`);
  return h("span.w-call-facts", {}, parts.join(" · "));
}

/** What stands under an answer that broke off: that it did, and why. */
export function brokeOff(calls) {
  const why = calls?.findLast((call) => call.error)?.error ?? "";
  return h("p.w-note.w-cut", {}, icon("warning"), h("span", {}, `The answer broke off here. ${why}`));
}
