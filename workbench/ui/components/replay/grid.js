// Tables of figures: a head, a name at the start of each row; on a phone each row is a list with the names of its columns.
import { h } from "../../scripts/dom.js";
import { interval, score } from "../../scripts/format.js";

/** `columns`: [[name, what it means]]; `rows`: [{head, cells: {name: content}, reference}]. */
export function grid(caption, first, columns, rows) {
  const line = ({ head, cells, reference }) =>
    h("tr", { class: reference ? "w-ref-row" : null }, h("th", { scope: "row" }, head), columns.map(([name]) => h("td", { "data-name": name }, cells[name] && h("span", {}, cells[name]))));
  const head = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, first), columns.map(([name, about]) => h("th", { scope: "col", title: about }, name))));
  return h("div.w-figures-scroll", { tabindex: "0", role: "region", "aria-label": caption }, h("table.w-figures", {}, h("caption.w-sr", {}, caption), head, h("tbody", {}, rows.map(line))));
}

/** What the columns mean, to be opened. */
export const meanings = (columns) =>
  h("details.w-meanings", {}, h("summary", {}, "What these figures mean"), h("dl", {}, columns.map(([name, about]) => h("div", {}, h("dt", {}, name), h("dd", {}, about)))));

/**
 * A value with its interval, or a value alone; a dash where there is none. `end` writes an end of the interval; one that is
 * never reached is a question mark.
 */
export function shown(figure, write = score, end = write) {
  if (figure === null || figure === undefined) return "–";
  if (typeof figure === "number") return write(figure);
  return [write(figure.value), " ", h("small", {}, interval(figure, (value) => (value === null || value === undefined ? "?" : end(value))))];
}

export const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
