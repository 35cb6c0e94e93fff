// One strategy's answer to one prompt: header, answer, metrics, why, trace. Updates in place; others never move.
import { coded, dot, h, icon, iconButton, tint } from "../../scripts/dom.js";
import { best, nameOf, sealed, settled, twin } from "../../scripts/document.js";
import { page } from "../../scripts/page.js";
import { brokeOff, traceBrief, traceView } from "../trace/script.js";
import { whyBrief, whyView } from "../why/script.js";
import { metricsView } from "./metrics.js";

const NEAR_END = 24; // px from the end that still counts as reading along

export class Column {
  state = null;

  constructor(letter, { diff }) {
    this.letter = letter;
    this.diff = diff;
    this.head = h("header.w-col-head");
    this.html = h("div.w-md", { dir: "auto" });
    this.tail = h("div.w-tail", { dir: "auto" });
    this.wait = h("div.w-skeleton", { "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    this.failure = h("div.w-failure", { hidden: true });
    this.answer = h("div.w-answer", { role: "group" }, this.html, this.tail, this.wait, this.failure);
    this.metrics = h("div.w-metrics-slot");
    this.why = drawer("Why this route");
    this.trace = drawer("Trace");
    this.node = h("article.w-col", {}, this.head, this.answer, this.metrics, this.why.node, this.trace.node);
  }

  update(doc, turn, column, last) {
    const next = turn.columns[this.letter] ?? { status: "waiting" };
    this.frame(doc, turn, column, next, last);
    if (next !== this.state) this.fill(next);
    this.measure(doc, turn, next);
    this.state = next;
  }

  // Header and colours: they change when the names unlock, so they follow the whole document.
  frame(doc, turn, column, next, last) {
    const name = nameOf(doc, column);
    this.named = (letter) => nameOf(doc, doc.columns.find((c) => c.letter === letter) ?? { letter });
    const key = JSON.stringify([name, column.color, next.status, next.model, next.same_as, next.can_retry, last, doc.busy, turn.vote?.state, turn.vote?.choice]);
    if (key === this.framed) return;
    this.framed = key;
    tint(this.node, sealed(doc) ? null : column.color);
    this.node.dataset.status = next.status;
    this.node.classList.toggle("won", turn.vote?.state === "cast" && turn.vote.choice === this.letter);
    this.answer.setAttribute("aria-label", `Answer of ${name}`);
    this.answer.setAttribute("aria-busy", String(next.status === "streaming"));
    const focus = this.head.contains(document.activeElement) ? document.activeElement.dataset.verb : null;
    this.head.replaceChildren(...this.heading(doc, turn, column, next), this.buttons(next, last));
    if (focus) (this.head.querySelector(`[data-verb="${focus}"]`) ?? this.head.querySelector("button"))?.focus();
  }

  heading(doc, turn, column, next) {
    const parts = [];
    if (doc.blind || (column.strategy && twin(doc, column))) parts.push(h("span.w-letter", { "aria-hidden": "true" }, this.letter));
    if (sealed(doc)) return [...parts, h("h3", {}, h("span.w-sr", {}, `Column ${this.letter}`)), this.badge(turn)];
    if (column.strategy && !doc.blind) parts.push(dot(column.color));
    const differs = page.caption(column.strategy, column.params);
    const name = h("h3", { title: differs || null }, column.strategy ?? this.letter);
    return [...parts, column.strategy && doc.blind && dot(column.color), name, this.badge(turn), h("span.w-model", { title: next.model ?? "" }, next.model ?? "")].filter(Boolean);
  }

  badge({ vote }) {
    if (vote?.state !== "cast" || vote.choice !== this.letter) return h("span");
    return h("span.w-won", {}, icon("check"), h("span", {}, "Your vote"));
  }

  buttons(next, last) {
    const act = (verb) => () => page.column(this.letter, verb);
    const named = (verb, label) => iconButton(verb === "regenerate" ? "retry" : verb, label, act(verb), { "data-verb": verb });
    const tools = [];
    if (last && ["waiting", "streaming"].includes(next.status)) tools.push(named("stop", "Stop this answer"));
    if (settled(next) && (next.html || next.tail)) {
      tools.push(iconButton("copy", "Copy this answer", (event) => this.copy(event.currentTarget), { "data-verb": "copy" }));
    }
    if (last && next.status === "stopped" && next.can_retry) tools.push(named("retry", "Retry this answer"));
    if (last && next.status === "done" && !page.doc.busy) tools.push(named("regenerate", "Regenerate this answer"));
    return h("span.w-col-tools", {}, tools);
  }

  fill(next) {
    const follows = this.answer.scrollHeight - this.answer.scrollTop - this.answer.clientHeight < NEAR_END;
    this.markup(next.html ?? "");
    this.tail.textContent = next.tail ?? "";
    this.node.classList.toggle("writing", next.status === "streaming");
    this.wait.hidden = !["waiting", "streaming"].includes(next.status) || Boolean(next.html || next.tail);
    this.fail(next);
    if (follows && next.status === "streaming") this.answer.scrollTop = this.answer.scrollHeight;
    this.reachable();
  }

  // The server's sanitised markup; blocks already on show stay, so a reader's selection does too.
  markup(html) {
    const shown = this.state?.html ?? "";
    if (html === shown) return;
    if (shown && html.startsWith(shown)) this.html.insertAdjacentHTML("beforeend", html.slice(shown.length));
    else this.html.innerHTML = html;
    for (const table of this.html.querySelectorAll("table:not(.w-scroll *)")) wrap(table);
    for (const block of this.html.querySelectorAll("pre:not([tabindex])")) block.tabIndex = 0;
  }

  // What scrolls must be reachable by keyboard; what does not needs no stop.
  reachable() {
    const scrolls = this.answer.scrollHeight > this.answer.clientHeight + 1;
    if (scrolls) this.answer.tabIndex = 0;
    else this.answer.removeAttribute("tabindex");
  }

  fail(next) {
    const failed = next.status === "failed";
    const notes = failed ? [] : this.notes(next);
    this.failure.hidden = !failed && !notes.length;
    if (this.failure.hidden) return;
    if (!failed) {
      this.failure.replaceChildren(...notes);
      return;
    }
    const kind = (next.kind ?? "").replaceAll("_", " ");
    const parts = [h("p.w-failed", {}, icon("warning"), h("b", {}, "No answer"), kind && h("span", {}, kind)), h("p", {}, coded(next.error ?? ""))];
    if (next.trace?.length) parts.push(h("p.w-note", {}, tried(next.trace)));
    if (next.can_retry) {
      const retry = () => page.column(this.letter, "retry");
      parts.push(h("button.w-button.small", { type: "button", "data-verb": "retry", onclick: retry }, icon("retry"), "Retry"));
    }
    this.failure.replaceChildren(...parts);
  }

  // What a reader must know of an answer that is not a failure.
  notes(next) {
    const notes = [];
    if (next.cut) notes.push(brokeOff(next.trace));
    if (next.status === "stopped") notes.push(h("p.w-note", {}, "Stopped here."));
    if (next.same_as) notes.push(h("p.w-note", {}, `The same model got the same messages as ${this.named(next.same_as)}: one reply, shared.`));
    return notes;
  }

  measure(doc, turn, next) {
    const wins = { cost_usd: best(turn, "cost_usd").includes(this.letter), latency_s: best(turn, "latency_s").includes(this.letter) };
    const whole = next.status === "done" && Object.values(turn.columns).every(settled);
    const key = JSON.stringify([sealed(doc), next.metrics, wins, whole]);
    if (key !== this.measured) {
      this.measured = key;
      this.metrics.replaceChildren(...(next.metrics && !sealed(doc) ? [metricsView(next.metrics, wins, whole)] : []));
    }
    this.why.show(sealed(doc) ? null : next.why, whyBrief, whyView);
    this.trace.show(sealed(doc) ? null : next.trace?.length ? next.trace : null, traceBrief, traceView);
  }

  get text() {
    return [this.html.innerText.trim(), this.tail.textContent.trim()].filter(Boolean).join("\n\n");
  }

  async copy(button) {
    await navigator.clipboard.writeText(this.text);
    button.replaceChildren(icon("check"));
    setTimeout(() => button.replaceChildren(icon("copy")), 1500);
  }
}

function wrap(table) {
  const frame = h("div.w-scroll", { tabindex: "0", role: "group", "aria-label": "Table" });
  table.replaceWith(frame);
  frame.append(table);
}

const tried = (trace) => `Tried ${trace.map((call) => `${call.model} (${(call.kind || "answered").replaceAll("_", " ")})`).join(", then ")}.`;

/** A disclosure that draws its content when it is opened, and again when it changes while open. */
function drawer(title) {
  const brief = h("em");
  const body = h("div.w-drawer-body");
  const node = h("details.w-drawer", { hidden: true }, h("summary", {}, title, brief), body);
  let value = null;
  let view = null;
  const draw = () => node.open && value && body.replaceChildren(view(value));
  node.addEventListener("toggle", draw);
  const show = (next, briefly, viewer) => {
    if (next === value) return;
    value = next ?? null;
    view = viewer;
    node.hidden = !value;
    brief.textContent = value ? briefly(value) : "";
    draw();
  };
  return { node, show };
}
