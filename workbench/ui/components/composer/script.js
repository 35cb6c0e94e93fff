// The prompt: typed, taken from an example or stepped through from a file; run and stopped from here.
import { h, icon, iconButton } from "../../scripts/dom.js";
import { page } from "../../scripts/page.js";
import { count } from "../../scripts/format.js";
import { parsePrompts } from "../../scripts/prompts.js";

const LARGEST_FILE = 20 * 1024 * 1024;

export function mount(root) {
  const part = new Composer(root);
  for (const topic of ["draft", "document", "patch", "live"]) page.on(topic, () => part.draw());
  page.on("prompts", () => part.drawSteps());
  page.on("compose", (given) => part.take(given));
  page.on("notice", (text) => part.tell(text));
  page.start();
}

class Composer {
  constructor(root) {
    this.box = root.querySelector("textarea");
    this.runs = root.querySelector(".w-run");
    this.stops = root.querySelector(".w-stop");
    this.notice = root.querySelector(".w-notice");
    this.steps = root.querySelector(".w-steps");
    this.hint = root.querySelector(".w-hint span");
    this.file = root.querySelector('input[type="file"]');
    const opens = root.querySelector(".w-file");
    opens.append(icon("file"));
    opens.addEventListener("click", () => this.file.click());
    this.file.addEventListener("change", () => this.read());
    this.stops.addEventListener("click", () => page.stop());
    this.box.addEventListener("input", () => (this.size(), this.tell("")));
    root.querySelector("form").addEventListener("submit", (event) => this.submit(event));
    root.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("keydown", (event) => this.jump(event));
    this.draw();
  }

  key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.submit(event);
    if (event.key === "Escape" && event.target === this.box) this.box.blur();
  }

  // "/" puts the cursor into the prompt from anywhere that takes no text.
  jump(event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog, [popover]")) return;
    event.preventDefault();
    this.box.focus();
  }

  async submit(event) {
    event.preventDefault();
    const prompt = this.box.value;
    if (!prompt.trim()) {
      this.tell("Write a prompt first.");
      this.box.focus();
      return;
    }
    if (page.busy || page.doc?.busy) return;
    this.tell("");
    this.fill("", false);
    const category = prompt === this.given?.text ? this.given.category : "";
    const taken = await page.run(prompt, category);
    if (taken === false && this.box.value === "") this.fill(prompt);
  }

  // An example or a prompt of a file: its category counts as long as nobody edits it.
  take(given) {
    this.given = given;
    this.fill(given.text);
  }

  fill(text, focus = true) {
    this.box.value = text;
    this.size();
    if (focus) this.box.focus({ preventScroll: true });
  }

  size() {
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight}px`;
  }

  tell(text) {
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }

  draw() {
    const running = Boolean(page.doc?.busy);
    this.stops.hidden = !running;
    this.runs.hidden = running;
    this.runs.disabled = page.busy || !page.setup;
    this.box.placeholder = page.continues ? "Ask a follow-up" : "Ask all strategies one prompt";
    this.hint.textContent = this.explain();
  }

  explain() {
    if (!page.id) return "";
    if (page.prompts) return "Each prompt of the file is a comparison of its own";
    if (page.continues) return "Continues this comparison";
    return page.doc ? "The setup changed: the next prompt starts a new comparison" : "";
  }

  drawSteps() {
    const { prompts } = page;
    this.steps.hidden = !prompts;
    this.draw();
    if (!prompts) return;
    const { at, items, name } = prompts;
    const back = iconButton("back", "Previous prompt", () => page.step(-1), { disabled: at === 0 });
    const next = h("button.w-button.small", { type: "button", disabled: at === items.length - 1, onclick: () => page.step(1) }, "Next", icon("next"));
    const close = iconButton("close", `Close ${name}`, () => page.unload());
    this.steps.replaceChildren(h("span", {}, name), h("b", {}, `${count(at + 1)} of ${count(items.length)}`), back, next, close);
  }

  async read() {
    const [file] = this.file.files;
    this.file.value = "";
    if (!file) return;
    try {
      if (file.size > LARGEST_FILE) throw new Error(`${file.name} is larger than 20 MB`);
      const items = parsePrompts(file.name, await file.text());
      this.tell("");
      page.load(file.name, items);
    } catch (error) {
      this.tell(error.message);
    }
  }
}
