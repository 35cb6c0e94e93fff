// Further plots under tabs: route mix by category, calibration, win rate, latency.
import { mixes } from "../../scripts/columns.js";
import { h, s, tint } from "../../scripts/dom.js";
import { count, number, percent, score, seconds, words } from "../../scripts/format.js";
import { linear, logarithmic } from "../../scripts/scale.js";
import { downloads } from "./downloads.js";
import { moreTables } from "./more.js";

const PLOTTED = ["mix", "calibration", "winrate", "latency"];

/** A node with draw(view), arrive() and leave(). */
export function chartsView(found) {
  const { doc, path } = found;
  const charts = [new Mix(found), doc.curves.some((c) => c.calibration?.length) && new Calibration(doc), doc.winrate?.labels.length > 1 && new WinRate(doc), doc.curves.some((c) => c.latency) && new Latency(doc), ...moreTables(doc)].filter(Boolean);
  const tabs = charts.map((chart, i) => h("button.w-tab", { type: "button", role: "tab", id: `w-tab-${chart.name}`, "aria-controls": `w-panel-${chart.name}`, onclick: () => show(i) }, chart.title));
  const panels = charts.map((chart) => h("div.w-panel.w-chart", { role: "tabpanel", id: `w-panel-${chart.name}`, "aria-labelledby": `w-tab-${chart.name}`, tabindex: "0" }, h("div.w-chart-head", {}, h("p.w-soft", {}, chart.about), PLOTTED.includes(chart.name) && downloads(path, chart.name)), chart.node));
  const bar = h("div.w-tabbar", { role: "tablist", "aria-label": "Further plots" }, tabs);
  const show = (i) => {
    tabs.forEach((tab, other) => {
      tab.setAttribute("aria-selected", String(other === i));
      tab.tabIndex = other === i ? 0 : -1;
      panels[other].hidden = other !== i;
    });
    charts[i].arrive?.();
  };
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length;
    show(next);
    tabs[next].focus();
  });
  show(0);
  const resized = new ResizeObserver(() => charts.forEach((chart, i) => !panels[i].hidden && chart.arrive?.()));
  return {
    node: h("section.w-charts", { "aria-label": "Further plots" }, bar, panels),
    draw: (view) => charts[0].draw(view),
    arrive: () => resized.observe(bar),
    leave: () => resized.disconnect(),
  };
}

class Mix {
  name = "mix";
  title = "Route mix";

  constructor({ doc, columns }) {
    Object.assign(this, { doc, columns });
    this.about = h("span");
    this.rows = columns.categories.map((name) => ({ bar: h("div.w-mix"), text: h("span.w-num.w-soft"), name }));
    const keys = doc.data.models.map((id, i) => h("li", {}, swatch(i, doc.data.models.length), h("code", {}, id)));
    this.node = h("div", {}, h("ul.w-mix-key", {}, keys), h("dl.w-mix-rows", {}, this.rows.map(({ name, bar, text }) => h("div", {}, h("dt", {}, name || "all"), h("dd", {}, bar, text)))));
  }

  draw(view) {
    const curve = this.doc.curves[view.curve];
    const setting = curve.sweep ? ` at ${words(curve.sweep.param)} ${number(curve.sweep.values[view.at], 3)}` : "";
    this.about.textContent = `Which model answers, by category: ${curve.label}${setting}. Darker models cost more; hatched: no single model.`;
    const names = [...this.doc.data.models, "no single model"];
    mixes(this.columns, view.curve, view.at).forEach(({ total, counts }, i) => {
      const { bar, text } = this.rows[i];
      const used = counts.map((n, col) => [n, col]).filter(([n]) => n);
      bar.replaceChildren(...used.map(([n, col]) => swatch(col, names.length - 1, { "flex-grow": n }, `${names[col]} ${percent(n / total)}`)));
      const [top, col] = used.reduce((most, one) => (one[0] > most[0] ? one : most), [0, 0]);
      text.textContent = `${names[col]} ${percent(top / total)} of ${count(total)}`;
    });
  }
}

const swatch = (i, m, style = {}, title = null) =>
  h("i", { class: i === m ? "none" : null, title, "aria-hidden": "true", style: { "--w-rank": i < m ? i / Math.max(1, m - 1) : 0, ...style } });

/** A plot with two axes that draws itself anew when its width changes. */
class Plot {
  constructor(doc, label) {
    this.doc = doc;
    this.svg = s("svg", { role: "img", "aria-label": label });
    const names = this.shown().map((i) => h("li", {}, tint(h("i.w-dot"), doc.colors?.[i]), doc.curves[i].label));
    this.node = h("div.w-plot", {}, h("ul.w-mix-key", {}, names), this.svg);
  }

  shown = () => this.doc.curves.map((_, i) => i).filter((i) => this.has(this.doc.curves[i]));

  arrive() {
    const width = this.node.clientWidth;
    if (!width || width === this.width) return;
    this.width = width;
    const height = 320;
    const box = { left: 52, right: width - 16, top: 12, bottom: height - 44 };
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("height", height);
    const { x, y, marks } = this.drawn(box);
    this.svg.replaceChildren(axes(box, x, y, this.axes), ...marks);
  }
}

function axes(box, x, y, { across, up, xText, yText }) {
  const rows = y.ticks.flatMap((tick) => [
    s("line.w-grid", { x1: box.left, x2: box.right, y1: y.at(tick), y2: y.at(tick) }),
    s("text.w-tick", { x: box.left - 8, y: y.at(tick) + 4, "text-anchor": "end" }, yText(tick)),
  ]);
  const columns = x.ticks.map((tick) => s("text.w-tick", { x: x.at(tick), y: box.bottom + 18, "text-anchor": "middle" }, xText(tick)));
  const title = s("text.w-axis", { x: (box.left + box.right) / 2, y: box.bottom + 38, "text-anchor": "middle" }, `${across}; upwards: ${up}`);
  return s("g", { "aria-hidden": "true" }, rows, columns, title);
}

class Calibration extends Plot {
  name = "calibration";
  title = "Calibration";
  about = "What a router expected of the model it chose, against what came; bins of equal count, bars are 95 % intervals. On the dashed line it is right.";
  axes = { across: "predicted quality", up: "realised quality", xText: (v) => number(v), yText: (v) => number(v) };

  constructor(doc) {
    super(doc, "Predicted against realised quality");
  }

  has(curve) {
    return curve.calibration?.length;
  }

  drawn(box) {
    const bins = this.shown().flatMap((i) => this.doc.curves[i].calibration);
    const x = linear(bins.map((b) => b.predicted), box.left, box.right, 5);
    const y = linear(bins.flatMap((b) => [b.low, b.high]), box.bottom, box.top, 5);
    const low = Math.max(x.min, y.min);
    const high = Math.min(x.max, y.max);
    const ideal = high > low ? [s("line.w-ref", { x1: x.at(low), y1: y.at(low), x2: x.at(high), y2: y.at(high) })] : [];
    const curves = this.shown().map((i) => tint(s("g", {}, this.one(this.doc.curves[i].calibration, x, y)), this.doc.colors?.[i]));
    return { x, y, marks: [...ideal, ...curves] };
  }

  one(bins, x, y) {
    const bars = bins.map((b) => s("path.w-cross", { d: `M${x.at(b.predicted)} ${y.at(b.low)}V${y.at(b.high)}` }));
    const dots = bins.map((b) => s("circle.w-lone", { cx: x.at(b.predicted), cy: y.at(b.realised), r: 4 }, s("title", {}, `expected ${score(b.predicted)}, came ${score(b.realised)} on ${count(b.count)} prompts`)));
    const line = s("path.w-curve", { d: bins.map((b, i) => `${i ? "L" : "M"}${x.at(b.predicted).toFixed(1)} ${y.at(b.realised).toFixed(1)}`).join("") });
    return [...bars, line, ...dots];
  }
}

class Latency extends Plot {
  name = "latency";
  title = "Latency";
  about = "Total time of a prompt at each strategy's best setting, by the recorded clock.";
  axes = { across: "seconds, log scale", up: "share of prompts", xText: seconds, yText: percent };

  constructor(doc) {
    super(doc, "Distribution of latency");
    const rows = this.shown().map((i) => [doc.curves[i].label, doc.curves[i].latency]);
    const cells = (l) => [l.p50, l.p95, l.p99].map((value) => h("td.w-num", {}, seconds(value)));
    this.node.append(h("table.w-latencies", {}, h("thead", {}, h("tr", {}, ["", "median", "95 %", "99 %"].map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows.map(([name, l]) => h("tr", {}, h("th", { scope: "row" }, name), cells(l))))));
  }

  has(curve) {
    return curve.latency;
  }

  drawn(box) {
    const all = this.shown().map((i) => this.doc.curves[i].latency);
    const x = logarithmic(all.flatMap((l) => [l.edges[0], l.edges.at(-1)]), box.left, box.right, 6);
    const shares = all.map((l) => l.counts.map((n) => n / Math.max(1, l.counts.reduce((a, b) => a + b, 0))));
    const y = linear([0, ...shares.flat()], box.bottom, box.top, 4);
    const marks = this.shown().map((i, k) => tint(s("g", {}, steps(all[k].edges, shares[k], x, y)), this.doc.colors?.[i]));
    return { x, y, marks };
  }
}

function steps(edges, shares, x, y) {
  const parts = shares.map((share, i) => `V${y.at(share).toFixed(1)}H${x.at(edges[i + 1]).toFixed(1)}`);
  const d = `M${x.at(edges[0]).toFixed(1)} ${y.at(0).toFixed(1)}${parts.join("")}V${y.at(0).toFixed(1)}`;
  return [s("path.w-band", { d }), s("path.w-curve", { d })];
}

class WinRate {
  name = "winrate";
  title = "Win rate";
  about = "How often the strategy in the row did better than the one in the column on the same prompt, at their best settings; ties count half.";

  constructor({ winrate: { labels, share } }) {
    const cell = (value, i, j) => (i === j ? h("td", { "aria-hidden": "true" }) : h("td.w-num", { style: { "--w-lead": ((value - 0.5) * 2).toFixed(3) }, class: value >= 0.5 ? "w-win" : "w-lose" }, percent(value)));
    const rows = share.map((values, i) => h("tr", {}, h("th", { scope: "row" }, labels[i]), values.map((value, j) => cell(value, i, j))));
    const head = h("tr", {}, h("th", { scope: "col" }, h("span.w-sr", {}, "strategy")), labels.map((name) => h("th", { scope: "col" }, name)));
    this.node = h("div.w-winrate-scroll", {}, h("table.w-winrate", {}, h("thead", {}, head), h("tbody", {}, rows)));
  }
}
