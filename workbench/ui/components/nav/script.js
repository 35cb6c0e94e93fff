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
  const local = usable.filter((m) => m.provider === "local").length;
  const hosted = usable.length - local;
  if (!usable.length) return "no model ready";
  const parts = [local && plural(local, "local model"), hosted && plural(hosted, local ? "hosted" : "model").replace(/hosteds$/, "hosted")];
  return `${parts.filter(Boolean).join(", ")} ready`;
}
