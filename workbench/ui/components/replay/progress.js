// How far a replay is: what it does, its rate, the time left.
import { h } from "../../scripts/dom.js";
import { count, plural, seconds } from "../../scripts/format.js";

/** A node with `update(status)`; `stop()` ends the replay. */
export function progressView(status, stop) {
  const bar = h("progress.w-progress", { max: 1, "aria-label": "How far the replay is" });
  const head = h("h2", { role: "status" });
  const line = h("p.w-soft.w-num");
  const button = h("button.w-button", { type: "button", onclick: () => ((button.disabled = true), stop()) }, "Stop");
  const leave = h("p.w-soft", {}, "You may leave this page: the replay goes on, and its result is kept.");
  const node = h("div.w-replay-progress", {}, head, bar, line, h("div", {}, button, leave));
  node.update = (next) => {
    const said = told(next);
    if (head.textContent !== said.head) head.textContent = said.head;
    line.textContent = said.line;
    if (said.share === null) bar.removeAttribute("value");
    else bar.value = said.share;
  };
  node.update(status);
  return node;
}

/** {head, line, share} of a job's status; share is null while nothing is known. Pure. */
export function told({ state, text = "", ahead = 0, steps, embedding, elapsed_s: elapsed = 0 }) {
  if (state === "waiting") {
    const line = ahead ? `${plural(ahead, "replay")} ${ahead === 1 ? "is" : "are"} before this one` : "";
    return { head: ahead ? "Waiting for its turn" : "Starting", line, share: null };
  }
  if (!steps?.total) return { head: "Reading the data set", line: seconds(elapsed), share: null };
  if (embedding) {
    const line = [`${count(embedding.done)} of ${count(embedding.total)} new prompts`, pace(embedding, "prompts"), left(embedding)];
    return { head: `${text}: embedding prompts, once`, line: line.filter(Boolean).join(" · "), share: embedding.done / embedding.total };
  }
  const line = [`${count(steps.done)} of ${plural(steps.total, "fold")}`, pace(steps, "folds"), left(steps), `${seconds(elapsed)} so far`];
  return { head: text, line: line.filter(Boolean).join(" · "), share: steps.done / steps.total };
}

function pace({ rate }, noun) {
  if (!rate) return "";
  return rate >= 0.95 ? `${rate < 9.95 ? rate.toFixed(1) : count(Math.round(rate))} ${noun}/s` : `${(rate * 60).toFixed(0)} ${noun}/min`;
}

const left = ({ left_s: s }) => (s === null || s === undefined ? "" : s < 1 ? "nearly done" : `about ${seconds(Math.round(s) || 1).replace(".00", "").replace(/\.0 s$/, " s")} left`);
