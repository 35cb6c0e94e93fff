// What the page says before there is a result: what belongs here, the button that makes it, and what was made before.
import { h } from "../../scripts/dom.js";
import { plural, seconds } from "../../scripts/format.js";
import { fromRequest, write } from "../../scripts/replay_address.js";

const LEAD = "Which strategy, with which setting, on which traffic, and how sure are you? A replay answers from recorded outcomes: every strategy decides every prompt, no model is asked, and nothing is spent.";

export function drawEmpty(replay, recent) {
  const node = h("div.w-replay-empty", {}, h("p.w-lead", {}, LEAD));
  if (!replay.datasets.length) {
    node.append(h("p", {}, "There are no recorded outcomes yet. ", h("code", {}, "workbench record reasoning"), " makes some with your models; ", h("code", {}, "workbench import"), " brings others in."));
    return node;
  }
  const { data, strategies } = replay.draft;
  const names = listed(strategies.map((one) => one.strategy));
  node.append(h("button.w-button.primary", { type: "button", onclick: replay.run }, `Replay ${names} over ${data}`));
  if (recent.length) node.append(h("h2", {}, "Earlier replays"), h("ul.w-replay-recent", {}, recent.map((one) => h("li", {}, earlier(one)))));
  return node;
}

function earlier({ key, state, request, made_at: at, took_s: took }) {
  const setup = fromRequest(request);
  const address = `${location.pathname}?${write(setup, { key })}`;
  const folds = setup.folds ? plural(setup.folds, "fold") : "its own split";
  const about = state === "done" ? `${when(at)}, took ${seconds(took)}` : state;
  return [h("a", { href: address }, `${listed(setup.strategies.map((one) => one.strategy))} over ${setup.data}`), h("span.w-soft", {}, ` ${folds}, ${about}`)];
}

const when = (iso) => new Date(iso).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** "a", "a and b", "a, b and c". Pure. */
export function listed(names) {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
