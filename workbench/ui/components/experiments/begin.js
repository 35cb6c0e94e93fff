// A new experiment: a name, what is held against what, over which cases.
import { request, setup } from "../../scripts/api.js";
import { coded, h, iconButton } from "../../scripts/dom.js";
import { count } from "../../scripts/format.js";

/** Opens the dialog; `begun(id)` is told when the server took it. */
export async function newDialog(dialog, begun) {
  const problem = h("p.w-page-problem", { role: "alert", hidden: true });
  const fail = (error) => {
    problem.replaceChildren(...coded(error.message));
    problem.hidden = false;
  };
  const close = iconButton("close", "Close", () => dialog.close());
  const form = h("form.w-fields", { method: "dialog" });
  dialog.replaceChildren(h("article", {}, h("header", {}, h("h2", { id: "w-begin-title" }, "New experiment"), close), form, problem));
  if (!dialog.open) dialog.showModal();
  try {
    const [offered, suites] = await Promise.all([setup(), request("GET", "/api/experiments/suites")]);
    fill(form, offered, suites);
    form.elements.name.focus();
  } catch (error) {
    fail(error);
  }
  form.onsubmit = async (event) => {
    event.preventDefault();
    try {
      const { id } = await request("POST", "/api/experiments", wish(form));
      dialog.close();
      begun(id);
    } catch (error) {
      fail(error);
    }
  };
}

function fill(form, offered, suites) {
  const options = choices(offered);
  const strategies = (name, label, first, help, none) => field(label, select(name, [...(none ? [["", "none"]] : []), ...options], first), help);
  form.replaceChildren(
    field("Name", h("input.w-input", { name: "name", required: true, maxlength: "100", autocomplete: "off" })),
    strategies("a", "Base", options.find(([, text]) => text.startsWith("always"))?.[0] ?? options[0][0], "What the others are held against."),
    strategies("b", "Candidate", key("complexity")),
    strategies("c", "Second candidate", "", "", true),
    field("Suite", select("suite", suites.map(({ name, cases }) => [name, `${name}, ${count(cases)} cases`]), "smoke")),
    field("Cases at most", h("input.w-input", { name: "limit", type: "number", min: "1", value: "20" })),
    field("Assigned", select("assign", [["paired", "every strategy answers each prompt"], ["prompt", "one strategy, drawn by prompt"]], "paired")),
    field("Budget, USD", h("input.w-input", { name: "budget", type: "number", min: "0", step: "any", value: "1", placeholder: "none" }), "Of all answers together; empty means none."),
    h("div.w-begin-foot", {}, h("button.w-button.primary", { type: "submit" }, "Begin")),
  );
}

const key = (strategy, params = {}) => JSON.stringify({ strategy, params });

/** [value, text] of all that can be chosen: every strategy as it comes, and every usable model by itself. */
function choices({ strategies, models }) {
  const alone = models.filter((m) => m.usable).map((m) => [key("fixed", { model: m.id }), `always ${m.id}`]);
  return [...alone, ...strategies.filter((s) => s.name !== "fixed").map((s) => [key(s.name), s.name])];
}

function select(name, options, value) {
  const node = h("select.w-input", { name }, options.map(([v, text]) => h("option", { value: v }, text)));
  node.value = options.some(([v]) => v === value) ? value : options[0]?.[0];
  return node;
}

function field(label, control, help) {
  control.id = `w-begin-${control.name}`;
  if (help) control.setAttribute("aria-describedby", `${control.id}-help`);
  return h("div.w-field", {}, h("label.w-name", { for: control.id }, label), help && h("p.w-help", { id: `${control.id}-help` }, help), control);
}

function wish(form) {
  const { name, a, b, c, suite, limit, assign, budget } = form.elements;
  const strategies = [a, b, c].map((one) => one.value).filter(Boolean).map((text) => JSON.parse(text));
  return {
    name: name.value,
    strategies,
    suite: suite.value,
    assign: assign.value,
    limit: limit.value ? Number(limit.value) : null,
    budget_usd: budget.value ? Number(budget.value) : null,
  };
}
