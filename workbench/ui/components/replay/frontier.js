// Cost against quality: every strategy's curve with its interval, single models, reference lines; a point that moves.
import { h, s, tint } from "../../scripts/dom.js";
import { decimals, dollars, interval, money, number, score, words } from "../../scripts/format.js";
import { place } from "../../scripts/labels.js";
import { sized } from "../../scripts/plot.js";
import { linear, logarithmic } from "../../scripts/scale.js";

const NEAR = 28; // pixels from the pointer to what is told of
const FONT = { name: "600 13px 'Source Sans 3', sans-serif", ref: "12px 'Source Sans 3', sans-serif", model: "12px 'IBM Plex Mono', monospace" };
const LINE = 16;
const BEND = 24; // pieces that a line between two corners is drawn in
const SHARES = [0.5, 0.35, 0.65, 0.25, 0.75, 0.85]; // of a line, where its name may hang
const FRAME = 78; // pixels of the panel around the plot

export class Frontier {
  /** `pick(curve, setting)` is told what was clicked; `beside()` is the height of what stands beside the plot. */
  constructor(doc, pick, beside) {
    Object.assign(this, { doc, pick, beside });
    this.marker = tint(s("circle.w-marker", { r: 7 }), null);
    this.svg = s("svg", { role: "img", "aria-label": described(doc) });
    this.tip = h("div.w-tip", { hidden: true });
    this.node = h("div.w-plot", {}, this.svg, this.tip);
    this.curves = doc.curves.map((curve) => along(curve.points));
    this.svg.addEventListener("pointermove", (event) => this.tell(event));
    this.svg.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.svg.addEventListener("click", (event) => this.choose(event));
  }

  watch() {
    this.seen = new ResizeObserver(() => this.node.clientWidth !== this.width && this.draw());
    this.seen.observe(this.node);
    this.draw();
    document.fonts?.ready.then(() => this.draw()); // names are measured in their own typeface
  }

  unwatch() {
    this.seen?.disconnect();
  }

  draw() {
    this.width = this.node.clientWidth || 640;
    this.small = this.width < 560;
    const wished = this.width * 0.5;
    this.height = this.small ? 360 : Math.round(Math.min(680, Math.max(400, Math.min(wished, 480), this.width > 640 ? this.beside() - FRAME : 0)));
    const box = { left: 44, right: this.width - (this.small ? 12 : this.margin()), top: 12, bottom: this.height - 44 };
    this.box = box;
    const { curves, models, lines } = this.doc;
    const points = curves.flatMap((c) => c.points);
    const costs = [...points.map((p) => p.cost.value), ...models.map((m) => m.cost.value), ...lines.flatMap((l) => l.cost)];
    const heights = [...points.flatMap((p) => [p.quality.low, p.quality.high]), ...models.map((m) => m.quality.value), ...lines.flatMap((l) => l.quality)];
    this.x = logarithmic(costs, box.left, box.right, this.small ? 4 : 7);
    this.y = linear(heights, box.bottom, box.top, 6);
    sized(this.svg, this.width, this.height);
    this.spots = this.targets();
    const curvesDrawn = curves.map((_, i) => this.curve(i));
    this.svg.replaceChildren(this.grid(), ...this.references(), ...curvesDrawn, ...this.marks(), this.marker, ...this.names());
    if (this.view) this.mark(this.view);
  }

  /** Room on the right for the names of the curves that end there and the dearest models. */
  margin() {
    const names = [...this.doc.curves.map((c) => measured(c.label, FONT.name) + 14), ...this.doc.models.map((m) => measured(m.id, FONT.model))];
    return Math.min(176, Math.max(...names) + 24, this.width / 4);
  }

  at = (cost, quality) => [this.x.at(cost), this.y.at(quality)];

  grid() {
    const { left, right, bottom } = this.box;
    const across = this.y.ticks.map((tick) => {
      const y = this.y.at(tick);
      return [s("line.w-grid", { x1: left, x2: right, y1: y, y2: y }), s("text.w-tick", { x: left - 8, y: y + 4, "text-anchor": "end" }, tickText(tick, this.y.step))];
    });
    const up = this.x.ticks.map((tick) => s("text.w-tick", { x: this.x.at(tick), y: bottom + 18, "text-anchor": "middle" }, money(tick)));
    const title = s("text.w-axis", { x: (left + right) / 2, y: bottom + 38, "text-anchor": "middle" }, `cost per 1,000 prompts${this.doc.data.nominal ? ", nominal" : ""}, log scale`);
    return s("g", { "aria-hidden": "true" }, ...across.flat(), ...up, title);
  }

  references() {
    return this.doc.lines.filter((line) => line.kind === "curve").map((line) => s("path.w-ref", { d: path(this.bent(line)) }));
  }

  bent = (line) => mixing(line.cost, line.quality).map(([cost, quality]) => this.at(cost, quality));

  curve(i) {
    const { points, hull = [] } = this.doc.curves[i];
    const order = this.curves[i];
    const upper = order.map((at) => this.at(points[at].cost.value, points[at].quality.high));
    const lower = order.map((at) => this.at(points[at].cost.value, points[at].quality.low));
    const middle = order.map((at) => this.at(points[at].cost.value, points[at].quality.value));
    const corners = [...hull].sort((a, b) => points[a].cost.value - points[b].cost.value);
    const parts = order.length > 1
      ? [
          s("path.w-band", { d: `${path([...upper, ...lower.reverse()])}Z` }),
          s("path.w-hull", { d: path(this.bent({ cost: corners.map((at) => points[at].cost.value), quality: corners.map((at) => points[at].quality.value) })) }),
          s("path.w-curve", { d: path(middle) }),
        ]
      : [this.single(points[order[0]])];
    return tint(s("g.w-one-curve", {}, parts), this.doc.colors?.[i]);
  }

  // One point: its intervals as a cross.
  single({ cost, quality }) {
    const [x, y] = this.at(cost.value, quality.value);
    const [left, right] = [this.x.at(cost.low), this.x.at(cost.high)];
    const [top, bottom] = [this.y.at(quality.high), this.y.at(quality.low)];
    return s("g", {}, s("path.w-cross", { d: `M${left} ${y}H${right}M${x} ${top}V${bottom}` }), s("circle.w-lone", { cx: x, cy: y, r: 5 }));
  }

  marks() {
    const models = this.doc.models.map((m) => s("circle.w-model-mark", { cx: this.x.at(m.cost.value), cy: this.y.at(m.quality.value), r: 4 }));
    const points = this.loose().map((line) => {
      const [x, y] = this.at(line.cost[0], line.quality[0]);
      return s("path.w-ref-mark", { d: `M${x} ${y - 5}l5 5-5 5-5-5z` });
    });
    return [...models, ...points];
  }

  /** Reference points that are no model's own: those are named beside the model. */
  loose() {
    return this.doc.lines.filter((line) => line.kind === "point" && !this.modelAt(line));
  }

  modelAt(line) {
    return this.doc.models.find((m) => m.cost.value === line.cost[0] && m.quality.value === line.quality[0]);
  }

  names() {
    const wanted = this.labels();
    const strokes = this.strokes();
    const discs = this.spots.filter((spot) => spot.mark).map(({ x, y }) => ({ x, y, r: 5 }));
    const bounds = { left: this.box.left - 4, right: this.width - 2, top: 2, bottom: this.box.bottom - 2 };
    return place(wanted, { discs, strokes, bounds }).map((box, i) => this.name(wanted[i], box));
  }

  name({ rows, kind, color }, { left, top, width, x, y, away }) {
    const parts = rows.map((text, i) => s(`text.w-name-${i ? "ref" : kind}`, { x: left + (color ? 14 : 0), y: top + 12 + i * LINE }, text));
    if (color) parts.unshift(s("rect.w-name-dot", { x: left, y: top + 3, width: 10, height: 10, rx: 3 }));
    if (away) parts.unshift(s("line.w-leader", { x1: x, y1: y, x2: x < left ? left - 2 : x > left + width ? left + width + 2 : left + width / 2, y2: top + 8 }));
    return tint(s("g", {}, parts), color);
  }

  // Strategies first: their names stand where their curves end. Then lines, models, and the points that nobody is.
  labels() {
    const { curves, lines, models, colors } = this.doc;
    const strategies = curves.map((curve, i) => {
      const last = curve.points[this.curves[i].at(-1)];
      return this.label(curve.label, "strategy", last.cost.value, last.quality.value, colors?.[i] ?? null, 14);
    });
    const points = this.loose();
    const named = lines.filter((line) => line.kind === "curve" && !points.some((point) => point.name === line.name));
    const along = named.map((line) => {
      const [first, ...others] = SHARES.map((share) => partway(line, share));
      return { ...this.label(line.name, "ref", ...first), anchors: others.map((point) => this.at(...point)).map(([x, y]) => ({ x, y })) };
    });
    const singles = models.map((m) => this.label(shown(m.id, this.small), "model", m.cost.value, m.quality.value, null, 0, this.roles(m).join(", ")));
    return [...strategies, ...along, ...points.map((line) => this.label(line.name, "ref", line.cost[0], line.quality[0])), ...singles];
  }

  roles(model) {
    return this.doc.lines.filter((line) => line.kind === "point" && this.modelAt(line) === model).map((line) => line.name);
  }

  label(text, kind, cost, quality, color = null, extra = 0, below = "") {
    const [x, y] = this.at(cost, quality);
    const rows = below ? [text, below] : [text];
    const width = Math.max(measured(text, FONT[kind === "strategy" ? "name" : kind]) + extra, measured(below, FONT.ref));
    return { rows, kind, color, x, y, width, height: LINE * rows.length };
  }

  strokes() {
    const lines = this.doc.lines.filter((line) => line.kind === "curve").map(this.bent);
    const curves = this.doc.curves.map((curve, i) => this.curves[i].map((at) => this.at(curve.points[at].cost.value, curve.points[at].quality.value)));
    return [...lines, ...curves].flatMap(dense);
  }

  // What can be pointed at: {x, y, lines of text, curve and setting where there is one, mark where it is drawn as a point}.
  targets() {
    const { curves, models, lines } = this.doc;
    const settings = curves.flatMap((curve, i) => curve.points.map((point, at) => this.target(point, pointText(curve, at), { curve: i, at, mark: curve.points.length === 1 })));
    const singles = models.map((m) => this.target(m, [m.id, ...this.roles(m)], { mark: true }));
    const loose = this.loose().map((line) => this.target(asPoint(line), [line.name], { mark: true }));
    return [...settings, ...singles, ...loose].concat(lines.filter((l) => l.kind === "curve").flatMap((l) => l.cost.map((cost, i) => this.target({ cost: { value: cost }, quality: { value: l.quality[i] } }, [l.name], {}))));
  }

  target(point, title, more) {
    const [x, y] = this.at(point.cost.value, point.quality.value);
    return { x, y, point, title, ...more };
  }

  nearest(event) {
    const frame = this.svg.getBoundingClientRect();
    const scale = this.width / frame.width;
    const [x, y] = [(event.clientX - frame.left) * scale, (event.clientY - frame.top) * scale];
    const far = (spot) => Math.hypot(spot.x - x, spot.y - y);
    const found = this.spots.reduce((least, spot) => (!least || far(spot) < far(least) ? spot : least), null);
    return found && far(found) <= NEAR ? found : null;
  }

  tell(event) {
    const spot = this.nearest(event);
    this.tip.hidden = !spot;
    this.svg.classList.toggle("w-pickable", spot?.curve !== undefined);
    if (!spot) return;
    const { quality, cost } = spot.point;
    const digits = decimals(cost.value);
    const spread = (estimate, write) => estimate.low !== undefined && h("small", {}, ` ${interval(estimate, write)}`);
    this.tip.replaceChildren(
      h("b", {}, spot.title.join(" · ")),
      h("span.w-num", {}, score(quality.value), spread(quality, score), " quality"),
      h("span.w-num", {}, dollars(cost.value, digits), spread(cost, (usd) => dollars(usd, digits)), " / 1k"),
    );
    const left = Math.max(0, Math.min(spot.x + 14, this.width - this.tip.offsetWidth));
    const top = spot.y + 14 + this.tip.offsetHeight > this.height ? spot.y - 14 - this.tip.offsetHeight : spot.y + 14;
    this.tip.style.setProperty("left", `${left}px`);
    this.tip.style.setProperty("top", `${Math.max(0, top)}px`);
  }

  choose(event) {
    const spot = this.nearest(event);
    if (spot?.curve !== undefined) this.pick(spot.curve, spot.at);
  }

  /** Moves the point to a setting of a curve. */
  mark(view) {
    this.view = view;
    if (!this.x) return;
    const point = this.doc.curves[view.curve].points[view.at];
    const [x, y] = this.at(point.cost.value, point.quality.value);
    this.marker.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    tint(this.marker, this.doc.colors?.[view.curve]);
  }
}

const pointText = (curve, at) => (curve.sweep ? [curve.label, `${words(curve.sweep.param)} ${number(curve.sweep.values[at], 3)}`] : [curve.label]);

function asPoint({ cost, quality, low, high, cost_low: least, cost_high: most }) {
  return { cost: { value: cost[0], low: least?.[0], high: most?.[0] }, quality: { value: quality[0], low: low?.[0], high: high?.[0] } };
}

/** Settings of a curve in the order of their cost, one of those that came to the same. Pure. */
export function along(points) {
  const order = points.map((_, i) => i).sort((a, b) => points[a].cost.value - points[b].cost.value || points[a].quality.value - points[b].quality.value);
  return order.filter((at, i) => !i || points[at].cost.value !== points[order[i - 1]].cost.value || points[at].quality.value !== points[order[i - 1]].quality.value);
}

/**
 * Mixing two points gives every point between them, along a straight line of cost and quality: on a log scale that line
 * is bent. Returns [[cost, quality]] with enough points between the corners to show it. Pure.
 */
export function mixing(cost, quality) {
  return cost.flatMap((to, i) => {
    if (!i) return [[to, quality[i]]];
    const from = cost[i - 1];
    const low = Math.max(from, to / 1e4);
    if (!(to > low)) return [[to, quality[i]]];
    return Array.from({ length: BEND }, (_, k) => {
      const at = k + 1 < BEND ? low * (to / low) ** ((k + 1) / BEND) : to;
      return [at, quality[i - 1] + ((at - from) / (to - from)) * (quality[i] - quality[i - 1])];
    });
  });
}

const path = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

// Points every few pixels along a line, for names to keep off.
function dense(points) {
  return points.flatMap(([x, y], i) => {
    if (!i) return [{ x, y }];
    const [a, b] = points[i - 1];
    const steps = Math.ceil(Math.hypot(x - a, y - b) / 8);
    return Array.from({ length: steps }, (_, k) => ({ x: a + ((x - a) * (k + 1)) / steps, y: b + ((y - b) * (k + 1)) / steps }));
  });
}

// A point of a line by its share of the way, as the log scale shows costs.
function partway({ cost, quality }, way) {
  const first = Math.max(cost[0], cost.at(-1) / 1e4);
  const target = first ** (1 - way) * cost.at(-1) ** way;
  const i = Math.max(1, cost.findIndex((c) => c >= target));
  if (cost.length < 2) return [cost[0], quality[0]];
  const share = cost[i] > cost[i - 1] ? (target - cost[i - 1]) / (cost[i] - cost[i - 1]) : 0;
  return [target, quality[i - 1] + share * (quality[i] - quality[i - 1])];
}

// Long ids, such as vendor/model-date, by their last part where room is short.
const shown = (id, small) => (small && id.includes("/") ? id.split("/").at(-1) : id);

const tickText = (tick, step) => tick.toFixed(Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9) + (step.toPrecision(2).includes("25") ? 1 : 0))));

let canvas = null;
function measured(text, font) {
  canvas ??= document.createElement("canvas").getContext("2d");
  canvas.font = font;
  return canvas.measureText(text).width;
}

function described({ curves, models, lines, data }) {
  const names = [...new Set(lines.map((line) => line.name))].join(", ");
  return `Cost and quality of ${curves.map((c) => c.label).join(", ")} over ${data.prompts} prompts, with ${models.length} single models and the reference lines ${names}. The table below has the figures.`;
}
