// The header: where one is, and what is ready.
import { setup } from "../../scripts/api.js";
import { plural } from "../../scripts/format.js";

export async function mount(root) {
  root.querySelector(".w-skip").addEventListener("click", skip);
  const ready = root.querySelector(".w-ready");
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
