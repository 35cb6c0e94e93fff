// What if: the swept parameter under a slider; what it comes to, and which prompts change sides.
import { answering, figures, sides } from "../../scripts/columns.js";
import { dot, h } from "../../scripts/dom.js";
import { count, decimals, dollars, interval, number, percent, plural, score, words } from "../../scripts/format.js";
import { unit } from "../../scripts/params.js";

const SHOWN = 3; // categories named in the sentence

/** `act` is {move({curve, at, from}), open()}. */
export class WhatIf {
  constructor({ doc, columns, setup }, act) {
    Object.assign(this, { doc, columns, setup, act });
    this.menu = h("select.w-input", { id: "w-whatif-curve" }, doc.curves.map((curve, i) => h("option", { value: i }, curve.label)));
    this.menu.addEventListener("change", () => act.move({ curve: Number(this.menu.value) }));
    this.swatch = h("span.w-whatif-dot");
    this.slider = h("input", { type: "range", min: 0, step: 1, id: "w-whatif" });
    this.slider.addEventListener("input", () => act.move({ at: Number(this.slider.value) }));
    this.name = h("label", { for: "w-whatif" });
    this.value = h("output.w-num", { for: "w-whatif" });
    this.help = h("p.w-soft");
    this.rows = Object.fromEntries(["quality", "cost / 1k", "regret to oracle"].map((name) => [name, h("dd")]));
    this.mix = h("div.w-mix", { "aria-hidden": "true" });
    this.mixed = h("ul.w-mix-list");
    this.changed = h("h3");
    this.told = h("p.w-soft");
    this.list = h("button.w-link.w-open-sides", { type: "button", "aria-expanded": "false", "aria-controls": "w-sides", onclick: () => act.open() }, "Open them");
    this.restart = h("button.w-link", { type: "button", onclick: () => act.move({ from: this.view.at }) }, "Count from here");
    this.back = h("button.w-link", { type: "button", onclick: () => act.move({ at: this.view.from }) }, "Back to the start");
    this.node = h(
      "aside.w-panel.w-whatif",
      { "aria-labelledby": "w-whatif-title" },
      h("h2", { id: "w-whatif-title" }, "What if"),
      h("div.w-whatif-curve", {}, this.swatch, h("label.w-sr", { for: "w-whatif-curve" }, "Strategy"), this.menu),
      h("div.w-whatif-slider", {}, this.name, this.value, this.slider),
      this.help,
      h("dl.w-whatif-figures", {}, Object.entries(this.rows).map(([name, node]) => h("div", {}, h("dt", {}, name), node))),
      h("h3", {}, "Route mix"),
      this.mix,
      this.mixed,
      this.changed,
      this.told,
      h("p.w-whatif-acts", {}, this.list, this.restart, this.back),
    );
  }

  /** Shows a setting. Returns the prompts that change sides between it and the one it is counted from. */
  draw(view) {
    const curve = this.doc.curves[view.curve];
    if (this.view?.curve !== view.curve) this.choose(curve, view);
    this.view = view;
    const values = curve.sweep?.values;
    if (values) this.settle(curve, values, view);
    const found = figures(this.columns, view.curve, view.at);
    this.count(found, curve.points[view.at]);
    this.fillMix(found.counts);
    const changed = sides(this.columns, view.curve, view.from, view.at);
    this.tell(changed, values, view);
    return changed;
  }

  choose(curve, view) {
    this.menu.value = view.curve;
    this.swatch.replaceChildren(dot(this.doc.colors?.[view.curve]));
    const meta = this.setup.strategies.find((one) => one.name === curve.strategy)?.params.find((p) => p.name === curve.sweep?.param);
    this.slider.max = Math.max(0, curve.points.length - 1);
    const still = !curve.sweep || curve.points.length < 2;
    this.slider.disabled = still;
    this.slider.parentNode?.toggleAttribute("hidden", still);
    this.name.textContent = curve.sweep ? words(curve.sweep.param) : "";
    this.suffix = meta && unit(meta) ? ` ${unit(meta)}` : "";
    this.help.textContent = still ? "Nothing was swept: choose a parameter to sweep in the strategy's chip above, and run again." : (meta?.help ?? "");
    this.restart.hidden = this.back.hidden = still;
    this.drawMix(answering(this.columns, view.curve));
  }

  settle(curve, values, { at, from }) {
    const said = `${number(values[at], 3)}${this.suffix}`;
    if (this.slider.value !== String(at)) this.slider.value = at;
    this.value.textContent = said;
    this.slider.setAttribute("aria-valuetext", `${words(curve.sweep.param)} ${said}`);
    this.slider.style.setProperty("--w-from", values.length > 1 ? from / (values.length - 1) : 0);
    this.restart.disabled = this.back.disabled = at === from;
  }

  // Means are of the columns; the intervals of quality and cost are the document's, so that panel, plot and table agree.
  count({ quality, cost, regret }, point) {
    const digits = decimals(1000 * cost.value);
    const usd = (value) => dollars(value, digits);
    const show = (name, text, spread) => this.rows[name].replaceChildren(text, " ", h("small", {}, spread));
    show("quality", score(quality.value), interval(point.quality));
    show("cost / 1k", usd(1000 * cost.value), interval(point.cost, (value) => value.toFixed(digits)));
    show("regret to oracle", score(regret.value), interval(regret));
  }

  // One bar and one line for each model that answers at some setting: they stay while the slider moves.
  drawMix(ever) {
    const models = this.doc.data.models;
    const shade = (i) => (i < models.length ? { style: { "--w-rank": i / Math.max(1, models.length - 1) } } : { class: "none" });
    this.mixing = [...ever].map((i) => ({ i, bar: h("i", shade(i)), share: h("b.w-num"), key: h("i", { ...shade(i), "aria-hidden": "true" }), name: models[i] ?? "no single model" }));
    this.mix.replaceChildren(...this.mixing.map(({ bar }) => bar));
    this.mixed.replaceChildren(...this.mixing.map(({ key, name, share }) => h("li", {}, key, h("span", {}, name), share)));
  }

  fillMix(counts) {
    for (const { i, bar, share } of this.mixing) {
      bar.hidden = !counts[i];
      bar.style.setProperty("flex-grow", counts[i]);
      share.textContent = percent(counts[i] / this.columns.n);
    }
  }

  tell({ rows, byCategory, better, worse, same }, values, { at, from }) {
    this.changed.textContent = rows.length ? `${plural(rows.length, "prompt")} ${rows.length === 1 ? "changes" : "change"} sides` : "No prompt changes sides";
    this.list.hidden = !rows.length;
    if (!rows.length) {
      this.told.textContent = !values ? "" : at === from ? "Move the slider to see which do." : `As at ${number(values[from], 3)}.`;
      return;
    }
    const named = byCategory.slice(0, SHOWN).map(([name, n]) => `${name || "all"} ${count(n)}`);
    const rest = byCategory.length - named.length;
    this.told.textContent = `${named.join(", ")}${rest ? ` and ${plural(rest, "more category").replace("categorys", "categories")}` : ""}. Since ${number(values[from], 3)}: better on ${count(better)}, worse on ${count(worse)}, the same on ${count(same)}.`;
  }
}
