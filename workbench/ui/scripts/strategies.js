// Strategies as chips: each opens its explanation and parameters; more can be added, and taken away.
import { controls } from "./controls.js";
import { coded, dot, h, icon, iconButton, openPopover } from "./dom.js";
import { words } from "./format.js";
import { caption, firstSentence, paragraphs } from "./params.js";

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

// What it does; then, on demand, where it comes from and what it costs.
function told({ doc, facts, fitted }, live) {
  const [first, ...rest] = paragraphs(doc);
  const rows = Object.entries(facts ?? {}).map(([label, fact]) => [h("dt", {}, label), h("dd", {}, fact)]);
  const more = rest.length || rows.length;
  return [
    h("p.w-edit-lead", {}, first),
    live && fitted && h("p.w-edit-fit", {}, coded(capitalised(fitted))),
    more && h("details.w-edit-more", {}, h("summary", {}, "How it works"), rest.map((text) => h("p", {}, text)), h("dl.w-edit-facts", {}, rows.flat())),
  ].filter(Boolean);
}

const capitalised = (text) => text[0].toUpperCase() + text.slice(1);

/** What a search looks in. */
const sought = ({ name, doc, facts }) => [name, words(name), doc, ...Object.values(facts ?? {})].join(" ").toLowerCase();

/** Whether a text has all the words that were typed. Pure. */
export const has = (text, typed) => typed.toLowerCase().split(/\s+/).every((word) => text.includes(word));

function first(event, offers) {
  const shown = offers.map(([, offer]) => offer).filter((offer) => !offer.hidden);
  if (event.key === "Enter" && shown.length === 1) shown[0].click();
  else if (event.key === "ArrowDown") shown[0]?.focus();
  else return;
  event.preventDefault();
}

/**
 * `nodes` is {list, edit, add}: the list of chips and the two popovers. `host` has `setup` (GET /api/setup), `columns`
 * [{strategy, params, ...}], `models` to offer, `fewest`, `most`, `least` (why fewer are refused) and `change(columns)`;
 * it may have `more(column, change)`, fields below the parameters, `note(column)`, said on the chip, and `fits`: strategies are
 * fitted when they are used, whatever they learned before.
 */
export class StrategyChips {
  constructor(nodes, host) {
    Object.assign(this, nodes);
    this.host = host;
  }

  find = (name) => this.host.setup.strategies.find((s) => s.name === name);

  params = (name) => this.find(name)?.params ?? [];

  draw() {
    const { columns, setup, most } = this.host;
    const colors = distinct(columns.map((c) => this.find(c.strategy).color), setup.palette);
    const focused = this.edit.matches(":popover-open") ? -1 : [...this.list.children].findIndex((li) => li.contains(document.activeElement));
    this.list.replaceChildren(...columns.map((column, i) => this.chip(column, i, colors[i])));
    if (columns.length < most) this.list.append(this.adder());
    if (focused >= 0) this.list.children[focused]?.firstChild.focus();
  }

  chip(column, i, color) {
    const differs = [caption(this.params(column.strategy), column.params ?? {}, this.params), this.host.note?.(column)].filter(Boolean).join(" · ");
    const open = (event) => this.openEdit(i, event.currentTarget);
    const chip = h("button.w-chip", { type: "button", "aria-haspopup": "dialog", onclick: open }, dot(color), column.strategy);
    if (differs) chip.append(h("small", { title: differs }, differs));
    return h("li", {}, chip);
  }

  adder() {
    const open = (event) => this.openAdd(event.currentTarget);
    return h("li", {}, h("button.w-chip.quiet", { type: "button", "aria-haspopup": "dialog", onclick: open }, icon("add"), "Add strategy"));
  }

  openEdit(i, anchor) {
    const column = this.host.columns[i];
    const strategy = this.find(column.strategy);
    const close = () => this.edit.hidePopover();
    const change = (fields) => this.replace(i, { ...this.host.columns[i], ...fields });
    const offer = { strategies: this.host.setup.strategies.filter((s) => s !== strategy && !s.outermost), models: this.host.models };
    const fields = controls(strategy.params, column.params, offer, (params) => change({ params }));
    this.edit.setAttribute("aria-label", `Strategy ${strategy.name}`);
    this.edit.replaceChildren(
      h("div.w-edit-head", {}, dot(strategy.color), h("h2", {}, strategy.name), iconButton("close", "Close", close)),
      h("div.w-edit-body", {}, told(strategy, !this.host.fits), fields, this.host.more?.(column, change)),
      this.editFoot(i, strategy, close, anchor),
    );
    openPopover(this.edit, anchor);
  }

  editFoot(i, strategy, close, anchor) {
    const { columns, fewest, least } = this.host;
    const remove = () => {
      close();
      this.host.change(columns.filter((_, other) => other !== i));
      this.list.querySelector("button")?.focus();
    };
    const reset = () => {
      this.replace(i, { strategy: strategy.name, params: {} });
      this.openEdit(i, anchor.isConnected ? anchor : this.list.children[i].firstChild);
    };
    const few = columns.length <= fewest;
    const removing = { type: "button", disabled: few, onclick: remove, title: few ? least : null };
    const parts = [h("button.w-button.small.danger", removing, "Remove")];
    if (strategy.params.length) parts.push(h("button.w-button.small.quiet", { type: "button", onclick: reset }, "Defaults"));
    return h("div.w-edit-foot", {}, parts);
  }

  replace(i, column) {
    this.host.change(this.host.columns.with(i, column));
  }

  openAdd(anchor) {
    const offers = this.host.setup.strategies.map((strategy) => [sought(strategy), this.offer(strategy)]);
    const none = h("p.w-offer-none", { hidden: true, role: "status" }, "No strategy has these words.");
    const narrow = ({ target }) => {
      for (const [text, offer] of offers) offer.hidden = !has(text, target.value);
      none.hidden = offers.some(([, offer]) => !offer.hidden);
    };
    const search = h("input.w-input", { type: "search", placeholder: "Find by name or purpose", "aria-label": "Find a strategy", oninput: narrow, onkeydown: (event) => first(event, offers) });
    this.add.replaceChildren(h("div.w-offer-search", {}, search), ...offers.map(([, offer]) => offer), none);
    openPopover(this.add, anchor);
    if (matchMedia("(pointer: fine)").matches) search.focus(); // on a phone its keyboard would cover the list
    else offers[0][1].focus();
  }

  offer(strategy) {
    const take = () => {
      this.add.hidePopover();
      this.host.change([...this.host.columns, { strategy: strategy.name, params: {} }]);
      this.list.children[this.host.columns.length - 1].firstChild.focus();
    };
    return h("button.w-offer", { type: "button", onclick: take }, dot(strategy.color), strategy.name, h("span", {}, firstSentence(strategy.doc)));
  }
}
