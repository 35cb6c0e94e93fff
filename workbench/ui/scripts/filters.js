// Filters of a page: labelled fields whose values stand in the page's address.
import { h } from "./dom.js";

/** Changes the address; an empty value takes its name out. */
export function go(change) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(change)) value ? query.set(name, value) : query.delete(name);
  const address = `${location.pathname}${query.size ? "?" : ""}${query}`; // whole: Gradio's <base> is another page
  if (address !== location.pathname + location.search) history.pushState(null, "", address);
}

/** Those of these names that an address gives a value, and nothing else of it. Pure. */
export function given(names, search) {
  const query = new URLSearchParams(search);
  return Object.fromEntries(names.map((name) => [name, query.get(name) ?? ""]).filter(([, value]) => value));
}

export function field(label, control) {
  control.id = `w-filter-${control.name}`;
  return h("div.w-field", {}, h("label.w-name", { for: control.id }, label), control);
}

/** `options` are [value, text]; a value that is not among them is offered too, since the address may name it. */
export function choose(name, label, options, value, onchange) {
  const known = options.some(([one]) => one === value) ? options : [...options, [value, value]];
  const props = { name, disabled: known.length < 2, onchange: ({ target }) => onchange({ [name]: target.value }) };
  const node = h("select.w-input", props, known.map(([one, text]) => h("option", { value: one }, text)));
  node.value = value;
  return field(label, node);
}

export function day(name, label, value, onchange) {
  return field(label, h("input.w-input", { name, type: "date", value, onchange: ({ target }) => onchange({ [name]: target.value }) }));
}

/** New fields in place of the old ones, with the one that was being used still in use. */
export function refill(form, fields) {
  const held = form.contains(document.activeElement) ? document.activeElement.name : "";
  const caret = document.activeElement.type === "search" ? document.activeElement.selectionStart : null;
  form.replaceChildren(...fields);
  if (held) form.elements[held]?.focus();
  if (held && caret !== null) form.elements[held]?.setSelectionRange(caret, caret);
}

export const clearButton = (onclick) => h("button.w-button.quiet.small", { type: "button", onclick }, "Clear");
