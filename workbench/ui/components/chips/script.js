// The strategies of the next comparison as chips, the setup button, open or blind.
import { differing, FEWEST, MOST } from "../../scripts/draft.js";
import { h, icon } from "../../scripts/dom.js";
import { page } from "../../scripts/page.js";
import { StrategyChips } from "../../scripts/strategies.js";

export function mount(root) {
  const part = new Bar(root);
  page.on("draft", () => part.draw());
  page.on("document", () => part.draw());
  page.start();
}

const host = {
  fewest: FEWEST,
  most: MOST,
  least: "A comparison needs two strategies",
  get setup() {
    return page.setup;
  },
  get columns() {
    return page.draft.columns;
  },
  get models() {
    return page.models;
  },
  change: (columns) => page.edit({ columns }),
};

class Bar {
  constructor(root) {
    const [list, edit, add] = [".w-chips", ".w-edit", ".w-add"].map((name) => root.querySelector(name));
    this.chips = new StrategyChips({ list, edit, add }, host);
    this.blind = root.querySelectorAll(".w-seg input");
    this.setup = root.querySelector(".w-setup");
    this.fresh = root.querySelector(".w-new");
    for (const input of this.blind) input.addEventListener("change", () => page.edit({ blind: input.value === "blind" }));
    this.setup.addEventListener("click", () => this.toggleSetup());
    this.fresh.addEventListener("click", () => page.fresh());
  }

  draw() {
    if (!page.setup) return;
    this.chips.draw();
    for (const input of this.blind) input.checked = (input.value === "blind") === page.draft.blind;
    this.fresh.hidden = !page.id;
    this.drawSetup();
  }

  drawSetup() {
    const names = differing(page.draft.settings, page.setup);
    const changes = names.length ? h("small", { title: `Changed: ${names.join(", ").replaceAll("_", " ")}` }, `${names.length} changed`) : null;
    this.setup.replaceChildren(icon("setup"), "Setup", ...(changes ? [changes] : []));
  }

  toggleSetup() {
    const panel = document.getElementById("w-setup");
    const open = this.setup.getAttribute("aria-expanded") !== "true";
    this.setup.setAttribute("aria-expanded", String(open));
    panel?.toggleAttribute("data-open", open);
    if (open) panel?.querySelector("input, textarea")?.focus({ preventScroll: true });
  }
}
