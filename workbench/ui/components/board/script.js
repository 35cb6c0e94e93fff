// The comparison on show: its turns, each a row of columns; redraws only what a patch touches.
import { h, icon, reducedMotion } from "../../scripts/dom.js";
import { lastTurn, nameOf, settled } from "../../scripts/document.js";
import { money, seconds } from "../../scripts/format.js";
import { page } from "../../scripts/page.js";
import { Column } from "./column.js";
import { openDiff } from "./diff.js";
import { drawEmpty } from "./empty.js";

export function mount(root) {
  const board = new Board(root);
  page.on("setup", () => board.empty());
  page.on("document", () => board.draw());
  page.on("patch", (patch) => board.patch(patch));
  page.on("live", (state) => board.live(state));
  page.start();
}

class Board {
  turns = []; // {node, columns: Map(letter -> Column), ...}

  constructor(root) {
    this.list = root.querySelector(".w-turns");
    this.blank = root.querySelector(".w-empty");
    this.said = root.querySelector(".w-live");
    this.lost = root.querySelector(".w-lost");
    this.notices = root.querySelector(".w-notices");
    this.dialog = root.querySelector(".w-diff");
  }

  empty() {
    drawEmpty(this.blank, page.setup.examples);
    this.draw();
  }

  draw() {
    const { doc } = page;
    this.blank.hidden = Boolean(page.id) || !page.setup;
    if (!doc) {
      this.clear(Boolean(page.id));
      return;
    }
    if (this.shown !== doc.id) this.clear(false);
    const first = this.shown !== doc.id;
    this.shown = doc.id;
    this.warn(doc.notices);
    doc.turns.forEach((turn, i) => this.turn(turn, i, !first));
  }

  clear(loading) {
    this.shown = null;
    this.turns = [];
    this.warn();
    this.list.replaceChildren(...(loading ? [h("p.w-loading", { role: "status" }, "Opening the comparison")] : []));
  }

  patch(patch) {
    const { doc } = page;
    if (patch.set || patch.add_turn) {
      this.warn(doc.notices);
      doc.turns.forEach((turn, i) => this.turn(turn, i, true));
    } else if (this.turns[patch.turn]) {
      this.turn(doc.turns[patch.turn], patch.turn, true);
    }
  }

  // What the server has to say of the whole comparison: an answer that could not be kept, for one.
  warn(notices = []) {
    if (this.notices.childElementCount !== notices.length) this.notices.replaceChildren(...notices.map((text) => h("p", {}, text)));
  }

  turn(turn, i, announce) {
    const fresh = !this.turns[i];
    const view = (this.turns[i] ??= new Turn(page.doc, turn, this.list, (letter) => openDiff(this.dialog, page.doc, i, letter)));
    const last = turn === lastTurn(page.doc);
    view.update(page.doc, turn, last, announce ? (text) => this.say(text) : null);
    if (fresh && last && (announce || page.made === page.doc.id)) this.arrive(view);
  }

  arrive(view) {
    view.node.focus({ preventScroll: true });
    if (this.turns.length > 1) view.node.scrollIntoView({ block: "start", behavior: reducedMotion() ? "auto" : "smooth" });
  }

  say(text) {
    this.said.append(h("p", {}, text));
    while (this.said.childElementCount > 6) this.said.firstChild.remove();
  }

  live(state) {
    if (state === "lost") this.lost.hidden = false;
    if (state === "open") this.lost.hidden = true;
  }
}

/** One prompt across the page, its columns under it, and what the vote made of them. */
class Turn {
  constructor(doc, turn, list, diff) {
    this.columns = new Map(doc.columns.map((c) => [c.letter, new Column(c.letter, { diff })]));
    this.tools = h("div.w-turn-tools");
    this.summary = h("p.w-summary", { hidden: true });
    this.row = h("div.w-cols", { style: { "--n": doc.columns.length } }, [...this.columns.values()].map((c) => c.node));
    this.node = h(
      "section.w-turn",
      { tabindex: "-1", "aria-label": `Turn ${list.childElementCount + 1}` },
      h("div.w-asked", {}, question(turn.prompt), this.tools),
      this.row,
      this.summary,
    );
    if (list.firstElementChild?.classList.contains("w-loading")) list.replaceChildren();
    list.append(this.node);
    this.tools.append(
      tool("diff", "Differences", () => diff(null)),
      tool("link", "Copy link", (event) => copyLink(event.currentTarget)),
    );
  }

  update(doc, turn, last, say) {
    for (const column of doc.columns) {
      const view = this.columns.get(column.letter);
      const was = view.state?.status;
      view.update(doc, turn, column, last);
      const now = turn.columns[column.letter];
      if (say && was && was !== now?.status && settled(now)) say(finished(nameOf(doc, column), now));
    }
    this.tools.firstChild.hidden = Object.values(turn.columns).filter((c) => c.html || c.tail).length < 2;
    this.verdict(turn, last, say);
  }

  // The newest turn's verdict stands in the foot of the page, where the vote was.
  verdict({ vote = {} }, last, say) {
    const text = vote.summary ?? "";
    if (say && text && this.summary.textContent !== text) say(text);
    this.summary.textContent = text;
    this.summary.hidden = !text || last;
  }
}

function question(text) {
  const words = h("h2.w-question", { dir: "auto" }, text);
  if (text.length < 400 && text.split("\n").length < 6) return words;
  words.classList.add("long");
  const more = h("button.w-link", { type: "button", "aria-expanded": "false" }, "Show all");
  more.addEventListener("click", () => {
    const open = words.classList.toggle("open");
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? "Show less" : "Show all";
  });
  return h("div.w-question-wrap", {}, words, more);
}

function finished(name, column) {
  if (column.status === "failed") return `${name} failed: ${column.error ?? "no answer"}`;
  if (column.status === "stopped") return `${name} stopped`;
  const { metrics } = column;
  return metrics ? `${name} finished in ${seconds(metrics.latency_s)} for ${money(metrics.cost_usd)}` : `${name} finished`;
}

const tool = (name, label, onclick) =>
  h("button.w-button.small.quiet", { type: "button", "aria-label": label, onclick }, icon(name), h("span", {}, label));

async function copyLink(button) {
  await navigator.clipboard.writeText(location.href);
  button.firstChild.replaceWith(icon("check"));
  setTimeout(() => button.firstChild.replaceWith(icon("link")), 1500);
}

