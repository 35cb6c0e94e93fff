// Where files live and what works: what needs mending first, then the rest in reading order.
import { request } from "../../scripts/api.js";
import { coded, h } from "../../scripts/dom.js";
import { plural } from "../../scripts/format.js";

export async function mount(root) {
  const lead = root.querySelector(".w-checks-lead");
  try {
    const checks = await request("GET", "/api/checks");
    lead.textContent = verdict(checks);
    root.querySelector(".w-checks-list").replaceChildren(...ordered(checks).map(row));
  } catch (error) {
    lead.textContent = error.message;
  }
}

const broken = (check) => !check.ok && check.needed;

/** What is broken, then what works, then what one may do without. Pure. */
export const ordered = (checks) => [...checks.filter(broken), ...checks.filter((c) => c.ok), ...checks.filter((c) => !c.ok && !c.needed)];

/** One sentence for all of them. Pure. */
export function verdict(checks) {
  const bad = checks.filter(broken).length;
  return bad ? `${plural(bad, "thing")} to mend before all works.` : "All that is needed works. Where your files live, and what you could add:";
}

function row(check) {
  const state = check.ok ? "ok" : check.needed ? "mend" : "optional";
  const mend = !check.ok && check.mend && h("span.w-mend", {}, coded(`${check.needed ? "To mend it" : "To add it"}: ${check.mend}`));
  return h("div", { class: state }, h("dt", {}, h("span.w-check-state", {}, state), h("code", {}, check.name)), h("dd", {}, coded(check.detail), mend));
}
