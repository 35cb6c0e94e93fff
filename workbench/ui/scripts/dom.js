// Makes DOM nodes. Strings always become text nodes: nothing given here is parsed as markup.

const SVG = "http://www.w3.org/2000/svg";

/** h("button.w-button", {type: "button", onclick}, "Run") */
export function h(selector, props = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  return filled(document.createElement(tag || "div"), classes, props, children);
}

/** The same for the parts of a drawing: s("circle.w-mark", {cx, cy, r}) */
export function s(selector, props = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  return filled(document.createElementNS(SVG, tag), classes, props, children);
}

function filled(node, classes, props, children) {
  if (classes.length) node.setAttribute("class", classes.join(" "));
  const { value, ...rest } = props;
  for (const [name, given] of Object.entries(rest)) assign(node, name, given);
  assign(node, "value", value); // last: a slider clamps its value to the limits it has by then
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function assign(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "style") for (const [key, v] of Object.entries(value)) node.style.setProperty(key, v);
  else if (name === "value" || name === "checked" || name === "disabled") node[name] = value;
  else node.setAttribute(name, value === true ? "" : value);
}

/** What stands between backticks, as code. Text nodes all the same. */
export const coded = (text) => String(text).split(/`([^`\n]+)`/).map((piece, i) => (i % 2 ? h("code", {}, piece) : piece));

/** What went wrong and what mends it. */
export const problem = (text) => h("p.w-page-problem", { role: "alert" }, coded(text));

const PATHS = {
  add: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  check: "M5 12.5l4.5 4.5L19 7.5",
  retry: "M4 12a8 8 0 1 0 2.6-5.9M4 4v4.5h4.5",
  stop: "M7 7h10v10H7z",
  diff: "M8 4v16M16 4v16M4.5 8.5L8 5l3.5 3.5M12.500 15.5L16 19l3.500-3.500",
  setup: "M4 7h9M17 7h3M4 17h3M11 17h9M13 4.500v5M11 14.500v5",
  file: "M13 3H6v18h12V8zM13 3v5h5M9 13h6M9 17h4",
  link: "M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1",
  warning: "M12 4l9 16H3zM12 10v4M12 17v.5",
  down: "M12 4v11M7 10.500l5 5 5-5M5 20h14",
  next: "M9 6l6 6-6 6",
  back: "M15 6l-6 6 6 6",
};

export function icon(name) {
  return s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: PATHS[name] }));
}

/** A button that shows an icon alone: its name is read aloud and shown on hover. */
export function iconButton(name, label, onclick, props = {}) {
  return h("button.w-icon", { type: "button", "aria-label": label, title: label, onclick, ...props }, icon(name));
}

/** Gives a node a strategy's colour pair [light, dark]; the stylesheet picks by theme. */
export function tint(node, color) {
  node.classList.add("w-tint");
  if (color?.length === 2) {
    node.style.setProperty("--w-tint-light", color[0]);
    node.style.setProperty("--w-tint-dark", color[1]);
  } else {
    node.style.removeProperty("--w-tint-light");
    node.style.removeProperty("--w-tint-dark");
  }
  return node;
}

export const dot = (color) => tint(h("i.w-dot", { "aria-hidden": "true" }), color);

/** Opens a popover under its button, kept inside the window. */
export function openPopover(popover, anchor) {
  popover.showPopover({ source: anchor });
  const box = anchor.getBoundingClientRect();
  const left = Math.min(box.left, innerWidth - popover.offsetWidth - 16);
  const below = box.bottom + 8;
  const top = Math.max(16, Math.min(below, innerHeight - popover.offsetHeight - 16));
  popover.style.setProperty("left", `${Math.max(16, left)}px`);
  popover.style.setProperty("top", `${top}px`);
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
