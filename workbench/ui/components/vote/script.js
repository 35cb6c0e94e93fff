// The vote: slides in when all columns of a battle are there; one press or one key votes.
import { dot, h, icon } from "../../scripts/dom.js";
import { asked, lastTurn, sealed } from "../../scripts/document.js";
import { page } from "../../scripts/page.js";

const TAGS = ["accurate", "complete", "clear", "concise", "style", "safe", "wrong", "too long"];

export function mount(root) {
  const part = new Vote(root.querySelector(".w-vote"), root.querySelector(".w-verdict"));
  for (const topic of ["document", "patch"]) page.on(topic, () => part.draw());
  page.on("live", () => part.lock());
  document.addEventListener("keydown", (event) => part.key(event));
  page.start();
}

class Vote {
  constructor(section, verdict) {
    this.section = section;
    this.verdict = verdict;
    this.token = null;
  }

  draw() {
    const turn = asked(page.doc);
    this.section.hidden = !turn;
    this.conclude(lastTurn(page.doc)?.vote?.summary ?? "");
    if (turn?.vote.token === this.token) return;
    this.token = turn?.vote.token ?? null;
    this.tags = new Set();
    this.comment = "";
    if (turn) this.section.replaceChildren(this.reasons(), this.choices(turn.vote.choices), this.more(turn));
  }

  conclude(text) {
    if (this.verdict.textContent !== text) this.verdict.replaceChildren(...(text ? [icon("check"), h("span", {}, text)] : []));
    this.verdict.hidden = !text;
  }

  reasons() {
    const comment = h("input.w-input", { type: "text", "aria-label": "Comment", placeholder: "Comment", maxlength: 2000 });
    comment.addEventListener("input", () => (this.comment = comment.value));
    this.shelf = h("div.w-reasons", { role: "group", "aria-label": "Reasons for the vote", id: "w-reasons", hidden: true }, TAGS.map((tag) => this.tag(tag)), comment);
    return this.shelf;
  }

  tag(tag) {
    const chip = h("button.w-chip", { type: "button", "aria-pressed": "false" }, tag);
    chip.addEventListener("click", () => {
      const on = !this.tags.delete(tag);
      if (on) this.tags.add(tag);
      chip.setAttribute("aria-pressed", String(on));
    });
    return chip;
  }

  choices(choices) {
    const colors = new Map(sealed(page.doc) ? [] : page.doc.columns.map((c) => [c.letter, c.color]));
    const buttons = choices.map(({ key, choice, label }) => {
      const props = { type: "button", "aria-keyshortcuts": key, onclick: () => this.cast(choice) };
      return h("button.w-button", props, colors.has(choice) && dot(colors.get(choice)), h("b", {}, label), h("kbd.w-key", {}, key));
    });
    return h("div.w-choices", { role: "group", "aria-label": "Which answer is best?" }, buttons);
  }

  more(turn) {
    const reasons = h("button.w-link", { type: "button", "aria-expanded": "false", "aria-controls": "w-reasons" }, "Add reasons");
    reasons.addEventListener("click", () => {
      this.shelf.hidden = !this.shelf.hidden;
      reasons.setAttribute("aria-expanded", String(!this.shelf.hidden));
    });
    const label = sealed(page.doc) ? "Reveal without voting" : "Skip the vote";
    return h("p.w-vote-more", { "data-battle": turn.battle }, reasons, h("button.w-link", { type: "button", onclick: () => page.reveal() }, label));
  }

  cast(choice) {
    if (this.token) page.vote(this.token, choice, [...this.tags], this.comment.trim());
  }

  lock() {
    for (const button of this.section.querySelectorAll(".w-choices button")) button.disabled = page.busy;
  }

  key(event) {
    if (!this.token || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog, [popover]")) return;
    const turn = asked(page.doc);
    const found = turn?.vote.choices.find((c) => c.key.toLowerCase() === event.key.toLowerCase());
    if (!found) return;
    event.preventDefault();
    this.cast(found.choice);
  }
}
