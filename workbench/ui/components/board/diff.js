// Two answers word by word, in a dialog: what only one of them says is marked.
import { h, iconButton } from "../../scripts/dom.js";
import { alike, diff } from "../../scripts/diff.js";
import { nameOf } from "../../scripts/document.js";
import { percent } from "../../scripts/format.js";

/** `i` is the turn; `letter` the column to begin with, or null. */
export function openDiff(dialog, doc, i, letter) {
  const turn = doc.turns[i];
  const sides = doc.columns
    .filter((c) => turn.columns[c.letter]?.html || turn.columns[c.letter]?.tail)
    .map((c) => ({ letter: c.letter, name: nameOf(doc, c), text: plain(turn.columns[c.letter]) }));
  const left = Math.max(0, sides.findIndex((s) => s.letter === letter));
  const chosen = { left, right: left === 0 ? 1 : 0 };
  const body = h("div.w-diff-body");
  const draw = () => body.replaceChildren(...compared(sides[chosen.left].text, sides[chosen.right].text));
  const menu = (side) => chooser(sides, chosen[side], `The ${side} answer`, (at) => {
    chosen[side] = at;
    draw();
  });
  const close = iconButton("close", "Close", () => dialog.close());
  dialog.replaceChildren(h("header.w-diff-head", {}, menu("left"), h("span", { "aria-hidden": "true" }, "and"), menu("right"), close), body);
  draw();
  dialog.showModal();
}

// The text of sanitised markup, laid out off the page so that paragraphs keep their breaks.
function plain({ html, tail }) {
  const sheet = new DOMParser().parseFromString(html ?? "", "text/html");
  for (const block of sheet.body.querySelectorAll("p, li, h1, h2, h3, h4, h5, h6, pre, tr, blockquote, br")) block.append("\n");
  return `${sheet.body.textContent}${tail ?? ""}`.replace(/\n\s*\n/g, "\n").trim();
}

function chooser(sides, at, label, onpick) {
  const menu = h("select.w-input", { "aria-label": label }, sides.map((s, i) => h("option", { value: i, selected: i === at }, s.name)));
  menu.addEventListener("change", () => onpick(Number(menu.value)));
  return menu;
}

function compared(a, b) {
  const pieces = diff(a, b);
  const share = h("p.w-diff-share", {}, a === b ? "Both say the same, word for word." : `${percent(alike(pieces))} of the words are in both.`);
  return [share, h("div.w-diff-sides", {}, side(pieces, "left"), side(pieces, "right"))];
}

function side(pieces, kind) {
  const shown = pieces.filter(([piece]) => piece === "same" || piece === kind);
  const nodes = shown.map(([piece, text]) => (piece === "same" ? text : h(kind === "left" ? "del" : "ins", {}, text)));
  return h("div.w-diff-side", { tabindex: "0", role: "region", dir: "auto", "aria-label": `The ${kind} answer` }, nodes);
}
