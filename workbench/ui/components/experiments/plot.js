// The interval of every comparison over the number of observations: it only ever narrows, and may be read at any point.
import { dot, h, s, tint } from "../../scripts/dom.js";
import { count, plural } from "../../scripts/format.js";
import { sized, wired } from "../../scripts/plot.js";
import { linear } from "../../scripts/scale.js";

const HEIGHT = 320;
const points = (value) => (value ? `${value > 0 ? "+" : "−"}${Math.abs(100 * value).toFixed(Math.abs(value) < 0.0995 ? 1 : 0)}` : "0");

export function pathPlot(made) {
  const drawn = made.comparisons.filter((one) => one.path.length);
  if (!drawn.length) return h("p.w-soft", {}, "Nothing to draw yet: the first answers make the first interval.");
  return new Path(made, drawn).node;
}

class Path {
  constructor(made, drawn) {
    Object.assign(this, { made, drawn });
    const last = drawn.map((one) => `${one.strategy}: ${points(one.difference.value)} points, from ${points(one.difference.low)} to ${points(one.difference.high)}`);
    this.svg = s("svg", { role: "img", "aria-label": `Difference of quality to ${made.strategies[0].label} with its interval, over ${made.observation}s. ${last.join("; ")}` });
    this.says = h("p.w-plot-says.w-num", { "aria-hidden": "true" });
    const key = drawn.map((one) => h("li", {}, dot(made.colors?.[one.strategy]), `${one.strategy} − ${one.base}`));
    this.node = h("div.w-path", {}, h("div.w-path-head", {}, h("ul.w-path-key", {}, key), this.says), this.svg);
    wired(this);
  }

  draw(width) {
    this.box = { left: 52, right: width - 16, top: 12, bottom: HEIGHT - 44 };
    const all = this.drawn.flatMap((one) => one.path);
    this.x = linear([0, ...all.map((look) => look.n)], this.box.left, this.box.right, width < 560 ? 3 : 6);
    this.y = linear([0, ...all.filter((look) => look.n * 8 > all.at(-1).n).flatMap((look) => [look.low, look.high])], this.box.bottom, this.box.top, 5);
    this.cursor = s("line.w-path-cursor", { y1: this.box.top, y2: this.box.bottom, x1: -9, x2: -9 });
    sized(this.svg, width, HEIGHT);
    const clip = s("clipPath", { id: "w-path-clip" }, s("rect", { x: this.box.left, y: this.box.top, width: this.box.right - this.box.left, height: this.box.bottom - this.box.top }));
    const lines = this.drawn.map((one) => tint(s("g", { "clip-path": "url(#w-path-clip)" }, this.band(one), this.line(one)), this.made.colors?.[one.strategy]));
    this.svg.replaceChildren(s("defs", {}, clip), this.axes(width), ...lines, this.cursor);
  }

  band({ path }) {
    const above = path.map((look, i) => `${i ? "L" : "M"}${this.x.at(look.n).toFixed(1)} ${this.y.at(look.high).toFixed(1)}`);
    const below = path.toReversed().map((look) => `L${this.x.at(look.n).toFixed(1)} ${this.y.at(look.low).toFixed(1)}`);
    return s("path.w-path-band", { d: `${above.join("")}${below.join("")}Z` });
  }

  line({ path }) {
    return s("path.w-path-line", { d: path.map((look, i) => `${i ? "L" : "M"}${this.x.at(look.n).toFixed(1)} ${this.y.at(look.value).toFixed(1)}`).join("") });
  }

  axes(width) {
    const { box, x, y } = this;
    const rows = y.ticks.flatMap((tick) => [
      s(tick === 0 ? "line.w-path-zero" : "line.w-path-grid", { x1: box.left, x2: box.right, y1: y.at(tick), y2: y.at(tick) }),
      s("text.w-path-tick", { x: box.left - 8, y: y.at(tick) + 4, "text-anchor": "end" }, points(tick)),
    ]);
    const columns = x.ticks.filter((tick) => x.at(tick) <= box.right + 1).map((tick) => s("text.w-path-tick", { x: x.at(tick), y: box.bottom + 18, "text-anchor": "middle" }, count(tick)));
    const title = s("text.w-path-axis", { x: (box.left + box.right) / 2, y: box.bottom + 38, "text-anchor": "middle" }, width < 560 ? `${this.made.observation}s; upwards: better` : `${this.made.observation}s; upwards: points better than ${this.made.strategies[0].label}`);
    return s("g", { "aria-hidden": "true" }, rows, columns, title);
  }

  read(event) {
    const at = ((event.clientX - this.svg.getBoundingClientRect().left - this.box.left) / (this.box.right - this.box.left)) * (this.x.max - this.x.min) + this.x.min;
    const near = this.drawn.map((one) => one.path.reduce((best, look) => (Math.abs(look.n - at) < Math.abs(best.n - at) ? look : best)));
    const place = this.x.at(near[0].n);
    this.cursor.setAttribute("x1", place);
    this.cursor.setAttribute("x2", place);
    this.says.textContent = `${plural(near[0].n, this.made.observation)}: ${near.map((look) => `${points(look.value)} [${points(look.low)}, ${points(look.high)}]`).join(" · ")}`;
  }

  rest() {
    this.cursor?.setAttribute("x1", -9);
    this.cursor?.setAttribute("x2", -9);
    this.says.textContent = `now: ${this.drawn.map(({ path }) => `${points(path.at(-1).value)} [${points(path.at(-1).low)}, ${points(path.at(-1).high)}]`).join(" · ")}`;
  }
}
