// One strategy's shares by step, stacked to a whole, over how many runs each step has. The key carries the figures.
import { dot, h, s, tint } from "../../scripts/dom.js";
import { count, percent, plural } from "../../scripts/format.js";
import { sized, wired } from "../../scripts/plot.js";
import { bracket, days, historyOf, nameOf, spanOf, stepName, tickOf, ticked } from "./steps.js";

const HEIGHT = 184;
const VOLUME = 32;
const FOOT = 24;

export class Shares {
  constructor(found, panel) {
    Object.assign(this, { found, panel });
    const { by, every, steps } = found;
    this.says = h("p.w-plot-says", { "aria-hidden": "true" });
    this.keys = panel.parts.map((part) => h("span.w-num"));
    const key = panel.parts.map((part, i) => h("li", {}, swatch(panel, part.name), nameOf(part.name, by), this.keys[i]));
    const label = `Shares of ${by === "model" ? "models" : "classes"} from ${stepName(steps[0], every)} to ${stepName(steps.at(-1), every)}, UTC: ${panel.parts.map((part) => `${nameOf(part.name, by)} ${percent(part.share.value)}`).join(", ")}. The table below has every figure.`;
    this.svg = s("svg", { role: "img", "aria-label": label });
    this.node = h("div.w-path.w-shares", {}, h("div.w-path-head", {}, h("ul.w-path-key", {}, key), this.says), this.svg);
    wired(this);
  }

  draw(width) {
    const top = 8;
    this.box = { left: 48, right: width - 8, top, bottom: top + HEIGHT };
    this.band = (this.box.right - this.box.left) / this.found.steps.length;
    const height = this.box.bottom + 8 + VOLUME + FOOT;
    this.cursor = s("rect.w-shares-cursor", { y: top, height: HEIGHT + 8 + VOLUME, width: this.band, x: -this.band - 1 });
    sized(this.svg, width, height);
    this.svg.replaceChildren(hatching(), this.axes(), ...this.bars(), this.volume(), this.cursor);
  }

  bars() {
    const { runs } = this.panel.at;
    const level = runs.map(() => this.box.bottom);
    return this.panel.parts.map((part) => {
      const d = part.counts.map((n, i) => {
        if (!n) return "";
        const high = (n / runs[i]) * HEIGHT;
        level[i] -= high;
        return this.rect(i, level[i], high);
      });
      return painted(s("path.w-shares-bar", { d: d.join("") }), this.panel, part.name);
    });
  }

  volume() {
    const { runs } = this.panel.at;
    const most = Math.max(...runs);
    const foot = this.box.bottom + 8 + VOLUME;
    const d = runs.map((n, i) => (n ? this.rect(i, foot - Math.max(1, (n / most) * VOLUME), Math.max(1, (n / most) * VOLUME)) : ""));
    return s("g", { "aria-hidden": "true" }, s("path.w-shares-volume", { d: d.join("") }), s("text.w-path-tick", { x: this.box.left - 8, y: foot - VOLUME / 2 + 4, "text-anchor": "end" }, "runs"));
  }

  rect(i, y, high) {
    const gap = this.band > 6 ? 1.5 : 0.25;
    const wide = Math.min(this.band - gap, 72);
    const x = this.box.left + (i + 0.5) * this.band - wide / 2;
    return `M${x.toFixed(1)} ${y.toFixed(1)}h${wide.toFixed(1)}v${high.toFixed(1)}h${(-wide).toFixed(1)}z`;
  }

  axes() {
    const { box } = this;
    const { steps, every } = this.found;
    const rows = [0, 0.5, 1].flatMap((share) => {
      const y = box.bottom - share * HEIGHT;
      return [s("line.w-path-grid", { x1: box.left, x2: box.right, y1: y, y2: y }), s("text.w-path-tick", { x: box.left - 8, y: y + 4, "text-anchor": "end" }, `${100 * share} %`)];
    });
    const columns = ticked(steps.length, (box.right - box.left) / (every === "month" ? 88 : 72)).map((i) => {
      const x = box.left + (i + 0.5) * this.band;
      const anchor = x < box.left + 24 && steps.length > 8 ? "start" : x > box.right - 32 ? "end" : "middle";
      return s("text.w-path-tick", { x: anchor === "start" ? box.left : anchor === "end" ? box.right : x, y: box.bottom + 8 + VOLUME + 18, "text-anchor": anchor }, tickOf(steps[i], every));
    });
    return s("g", { "aria-hidden": "true" }, rows, columns);
  }

  /** The step and the part under the pointer. */
  under(event) {
    const at = this.svg.getBoundingClientRect();
    const i = Math.floor((event.clientX - at.left - this.box.left) / this.band);
    const runs = this.panel.at.runs[i];
    if (!runs) return null;
    let share = (this.box.bottom - (event.clientY - at.top)) / HEIGHT;
    const part = share > 0 && share <= 1 && this.panel.parts.find(({ counts }) => (share -= counts[i] / runs) <= 0);
    return { i, runs, part: part || null };
  }

  read(event) {
    const under = this.under(event);
    if (!under) return this.rest();
    const { i, runs } = under;
    this.cursor.setAttribute("x", this.box.left + i * this.band);
    this.says.textContent = `${stepName(this.found.steps[i], this.found.every)}: ${plural(runs, "run")}`;
    this.panel.parts.forEach(({ counts }, k) => this.keys[k].replaceChildren(`${percent(counts[i] / runs)} (${count(counts[i])})`));
  }

  rest() {
    this.cursor?.setAttribute("x", -this.band - 1);
    this.says.textContent = "A bar opens its runs";
    this.panel.parts.forEach(({ share }, k) => this.keys[k].replaceChildren(`${percent(share.value)} ${bracket(share)}`));
  }

  open(event) {
    const under = this.under(event);
    const span = under ? days(this.found.steps[under.i], this.found.every) : spanOf(this.found);
    location.assign(historyOf(this.found, this.panel, under?.part?.name, span));
  }
}

/** A mark in a part's colour; hatched: nothing was chosen; grey: not told apart, or the rarer ones together. */
function swatch(panel, name) {
  if (name && panel.colors[name]) return dot(panel.colors[name]);
  return h("i", { class: name === "" ? "w-dot w-shares-none" : "w-dot w-shares-grey", "aria-hidden": "true" });
}

function painted(path, panel, name) {
  if (name && panel.colors[name]) return tint(path, panel.colors[name]);
  path.classList.add(name === "" ? "none" : "grey");
  return path;
}

const hatching = () =>
  s("defs", {}, s("pattern", { id: "w-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, s("rect.w-hatch-ground", { width: 6, height: 6 }), s("rect.w-hatch-line", { width: 2, height: 6 })));
