// The strategies of the next comparison as chips: each opens its explanation and parameters.
import { controls } from "../../scripts/controls.js";
import { differing, FEWEST, MOST } from "../../scripts/draft.js";
import { dot, h, icon, iconButton, openPopover } from "../../scripts/dom.js";
import { page } from "../../scripts/page.js";
import { firstSentence, paragraphs } from "../../scripts/params.js";

export function mount(root) {
  const part = new Chips(root);
  page.on("draft", () => part.draw());
  page.on("document", () => part.draw());
  page.start();
}

/** One colour a column, as the answers will have: a second that would take the same one gets the next that is free. Pure. */
export function distinct(colors, palette) {
  const taken = [];
  for (const color of colors) {
    let place = palette.findIndex((p) => p[0] === color[0]);
    while (taken.includes(place) && taken.length < palette.length) place = (place + 1) % palette.length;
    taken.push(place);
  }
  return taken.map((place) => palette[place]);
}

class Chips {
  constructor(root) {
    this.list = root.querySelector(".w-chips");
    this.edit = root.querySelector(".w-edit");
    this.add = root.querySelector(".w-add");
    this.blind = root.querySelectorAll(".w-seg input");
    this.setup = root.querySelector(".w-setup");
    this.fresh = root.querySelector(".w-new");
    for (const input of this.blind) input.addEventListener("change", () => page.edit({ blind: input.value === "blind" }));
    this.setup.addEventListener("click", () => this.toggleSetup());
    this.fresh.addEventListener("click", () => page.fresh());
  }

  draw() {
    if (!page.setup) return;
    const { columns, blind } = page.draft;
    const colors = distinct(columns.map((c) => page.strategy(c.strategy).color), page.setup.palette);
    const focused = this.edit.matches(":popover-open") ? -1 : [...this.list.children].findIndex((li) => li.contains(document.activeElement));
    this.list.replaceChildren(...columns.map((column, i) => this.chip(column, i, colors[i])));
    if (columns.length < MOST) this.list.append(this.adder());
    if (focused >= 0) this.list.children[focused]?.firstChild.focus();
    for (const input of this.blind) input.checked = (input.value === "blind") === blind;
    this.fresh.hidden = !page.id;
    this.drawSetup();
  }

  chip(column, i, color) {
    const differs = page.caption(column.strategy, column.params);
    const open = (event) => this.openEdit(i, event.currentTarget);
    const chip = h("button.w-chip", { type: "button", "aria-haspopup": "dialog", onclick: open }, dot(color), column.strategy);
    if (differs) chip.append(h("small", { title: differs }, differs));
    return h("li", {}, chip);
  }

  adder() {
    const open = (event) => this.openAdd(event.currentTarget);
    return h("li", {}, h("button.w-chip.quiet", { type: "button", "aria-haspopup": "dialog", onclick: open }, icon("add"), "Add strategy"));
  }

  drawSetup() {
    const names = differing(page.draft.settings, page.setup);
    const changes = names.length ? h("small", { title: `Changed: ${names.join(", ").replaceAll("_", " ")}` }, `${names.length} changed`) : null;
    this.setup.replaceChildren(icon("setup"), "Setup", ...(changes ? [changes] : []));
  }

  toggleSetup() {
    const panel = document.getElementById("w-setup");
    const open = this.setup.getAttribute("aria-expanded") !== "true";
    this.setup.setAttribute("aria-expanded", String(open));
    panel?.toggleAttribute("data-open", open);
    if (open) panel?.querySelector("input, textarea")?.focus({ preventScroll: true });
  }

  openEdit(i, anchor) {
    const column = page.draft.columns[i];
    const strategy = page.strategy(column.strategy);
    const close = () => this.edit.hidePopover();
    const change = (params) => this.replace(i, { strategy: column.strategy, params });
    const fields = controls(strategy.params, column.params, { strategies: this.inner(strategy), models: page.models }, change);
    this.edit.setAttribute("aria-label", `Strategy ${strategy.name}`);
    this.edit.replaceChildren(
      h("div.w-edit-head", {}, dot(strategy.color), h("h2", {}, strategy.name), iconButton("close", "Close", close)),
      h("div.w-edit-body", {}, paragraphs(strategy.doc).map((text) => h("p", {}, text)), fields),
      this.editFoot(i, strategy, close, anchor),
    );
    openPopover(this.edit, anchor);
  }

  inner = (strategy) => page.setup.strategies.filter((s) => s.name !== strategy.name);

  editFoot(i, strategy, close, anchor) {
    const { columns } = page.draft;
    const remove = () => {
      close();
      page.edit({ columns: columns.filter((_, other) => other !== i) });
      this.list.querySelector("button")?.focus();
    };
    const reset = () => {
      this.replace(i, { strategy: strategy.name, params: {} });
      this.openEdit(i, anchor.isConnected ? anchor : this.list.children[i].firstChild);
    };
    const few = columns.length <= FEWEST;
    const removing = { type: "button", disabled: few, onclick: remove, title: few ? "A comparison needs two strategies" : null };
    const parts = [h("button.w-button.small.danger", removing, "Remove")];
    if (strategy.params.length) parts.push(h("button.w-button.small.quiet", { type: "button", onclick: reset }, "Defaults"));
    return h("div.w-edit-foot", {}, parts);
  }

  replace(i, column) {
    page.edit({ columns: page.draft.columns.with(i, column) });
  }

  openAdd(anchor) {
    this.add.replaceChildren(...page.setup.strategies.map((strategy) => this.offer(strategy)));
    openPopover(this.add, anchor);
    this.add.querySelector("button").focus();
  }

  offer(strategy) {
    const take = () => {
      this.add.hidePopover();
      page.edit({ columns: [...page.draft.columns, { strategy: strategy.name, params: {} }] });
      this.list.children[page.draft.columns.length - 1].firstChild.focus();
    };
    return h("button.w-offer", { type: "button", onclick: take }, dot(strategy.color), strategy.name, h("span", {}, firstSentence(strategy.doc)));
  }
}
