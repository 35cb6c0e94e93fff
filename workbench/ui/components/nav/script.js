// The header: where one is, what is ready, and whether a strategy's quality or its prompts have changed.
import { request, setup } from "../../scripts/api.js";
import { h } from "../../scripts/dom.js";
import { plural } from "../../scripts/format.js";

export async function mount(root) {
  root.querySelector(".w-skip").addEventListener("click", skip);
  root.querySelector(".w-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }); // a phone shows some of them
  const ready = root.querySelector(".w-ready");
  void drifted(root.querySelector(".w-drift"));
  try {
    ready.textContent = readiness((await setup()).models);
  } catch (error) {
    ready.textContent = error.message;
  }
}

// By hand: Gradio's <base> would take the fragment to another page.
function skip(event) {
  event.preventDefault();
  document.getElementById("w-main")?.focus();
}

/** "2 local models ready", with the hosted ones counted apart. */
export function readiness(models) {
  const usable = models.filter((m) => m.usable);
  const of = (...providers) => usable.filter((m) => providers.includes(m.provider)).length;
  const [local, scripted] = [of("local"), of("scripted")];
  const hosted = usable.length - local - scripted;
  if (!usable.length) return "no model ready";
  const parts = [local && plural(local, "local model"), hosted && (local ? `${hosted} hosted` : plural(hosted, "model")), !local && !hosted && plural(scripted, "scripted model")];
  return `${parts.filter(Boolean).join(", ")} ready`;
}

const SEEN = "workbench.drift";

/** The banner, until it is hidden: a later change shows it again. */
async function drifted(banner) {
  const found = await request("GET", "/api/drifts").catch(() => []); // the page itself says what does not answer
  if (!found.length || localStorage.getItem(SEEN) === found[0].id) return;
  const hide = () => {
    localStorage.setItem(SEEN, found[0].id);
    banner.hidden = true;
  };
  const [latest, ...others] = found;
  const list = h("ul", { hidden: true, id: "w-drift-more" }, others.map((one) => h("li", {}, news(one))));
  const acts = h("div", {}, others.length > 0 && unfolder(list, others.length), h("button.w-button.small.quiet", { type: "button", onclick: hide }, "Hide"));
  banner.replaceChildren(h("p", {}, news(latest)), acts, list);
  for (const way of ["up", "aside"]) banner.classList.toggle(way, latest.direction === way);
  banner.hidden = false;
}

function unfolder(list, n) {
  const unfold = ({ currentTarget }) => {
    list.hidden = !list.hidden;
    currentTarget.setAttribute("aria-expanded", String(!list.hidden));
  };
  return h("button.w-button.small.quiet", { type: "button", "aria-expanded": "false", "aria-controls": list.id, onclick: unfold }, plural(n, "more change"));
}

/** One change and the way to what it is about. */
const news = (one) => [one.text, " ", h("a", { href: about(one) }, one.kind === "prompts" ? "See the routes" : "See the runs")];

/** The address of the runs whose quality changed, or of the routes of the prompts that did. Pure. */
export function about({ kind, strategy, category }) {
  const query = new URLSearchParams({ ...(strategy && { strategy }), ...(category && { category }) });
  return `/${kind === "prompts" ? "routes" : "history"}${query.size ? "?" : ""}${query}`;
}
