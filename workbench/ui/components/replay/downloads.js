// A plot as a file: drawn by the server from the same document.
import { fetchBytes } from "../../scripts/api.js";
import { h, icon } from "../../scripts/dom.js";

const MEDIA = { png: "image/png", svg: "image/svg+xml", html: "text/html", json: "application/json" };

/** Buttons for `name`'s files; `whole` adds the figures of the replay as JSON. */
export function downloads(path, name, whole = false) {
  const said = h("span.w-download-said", { role: "status" });
  const button = (form) => {
    const address = form === "json" ? `${path}/document` : `${path}/plots/${name}.${form}`;
    const node = h("button.w-link", { type: "button", "aria-label": `Download ${name} as ${form.toUpperCase()}` }, form.toUpperCase());
    node.addEventListener("click", () => save(node, address, `replay-${name}.${form}`, form, said));
    return node;
  };
  return h("div.w-downloads", {}, said, icon("down"), ["png", "svg", "html", ...(whole ? ["json"] : [])].map(button));
}

async function save(node, address, name, form, said) {
  node.disabled = true;
  said.textContent = "Drawing";
  try {
    const url = URL.createObjectURL(new Blob([await fetchBytes(address)], { type: MEDIA[form] }));
    h("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    said.textContent = "";
  } catch (error) {
    said.textContent = error.message;
  }
  node.disabled = false;
}
