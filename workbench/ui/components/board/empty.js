// What the page says before the first prompt: what it is for, and prompts to try.
import { h } from "../../scripts/dom.js";
import { page } from "../../scripts/page.js";
import { words } from "../../scripts/format.js";

const SHOWN = 4; // prompts of a category on show at once

export function drawEmpty(node, examples) {
  const shelf = h("div.w-examples");
  const tabs = examples.map((group) => h("button.w-chip", { type: "button", "aria-pressed": "false" }, words(group.category)));
  const pick = (i) => {
    tabs.forEach((tab, other) => tab.setAttribute("aria-pressed", String(other === i)));
    shelf.replaceChildren(...examples[i].prompts.slice(0, SHOWN).map((text) => example(text, examples[i].category)));
  };
  tabs.forEach((tab, i) => tab.addEventListener("click", () => pick(i)));
  node.replaceChildren(
    h("p.w-lead", {}, "One prompt, answered side by side by different ways to choose a model: see what each chose, why, how fast and at what price."),
    ...(examples.length ? [h("div.w-tabs", { role: "group", "aria-label": "Example prompts by category" }, tabs), shelf] : []),
  );
  if (examples.length) pick(0);
}

function example(text, category) {
  const take = () => page.tell("compose", { text, category });
  return h("button.w-example", { type: "button", dir: "auto", onclick: take }, h("span", {}, text));
}
