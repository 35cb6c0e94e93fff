// Experiments newest first; one opens in place of the list. The address says which.
import { request } from "../../scripts/api.js";
import { h, icon, iconButton, problem } from "../../scripts/dom.js";
import { plural } from "../../scripts/format.js";
import { when } from "../history/script.js";
import { newDialog } from "./begin.js";
import { reportView } from "./report.js";

const AGAIN_MS = 3000;
const COMMANDS = [
  ["Every strategy answers each prompt:", "workbench experiment run first cheapest complexity --suite smoke"],
  ["How many prompts would show 5 points:", "workbench experiment plan cheapest complexity --data reasoning --difference 0.05"],
];

export function mount(root) {
  const view = new Experiments(root.querySelector(".w-experiments"));
  addEventListener("popstate", () => view.restore());
  view.restore();
}

class Experiments {
  constructor(root) {
    this.body = root.querySelector(".w-experiments-body");
    this.title = root.querySelector("h1");
    this.status = root.querySelector(".w-page-count");
    this.actions = root.querySelector(".w-page-actions");
    this.dialog = root.querySelector("dialog");
  }

  begin() {
    newDialog(this.dialog, (id) => this.go(id));
  }

  restore() {
    clearTimeout(this.timer);
    const id = new URLSearchParams(location.search).get("e");
    return id ? this.open(id) : this.list();
  }

  go(id) {
    const address = `${location.pathname}${id ? `?e=${encodeURIComponent(id)}` : ""}`; // whole: Gradio's <base> is another page
    if (address !== location.pathname + location.search) history.pushState(null, "", address);
    this.restore();
    scrollTo(0, 0);
  }

  async list() {
    this.title.textContent = "Experiments";
    document.title = "Experiments";
    const found = await this.asked("/api/experiments");
    if (!found) return;
    this.status.textContent = found.length ? plural(found.length, "experiment") : "";
    this.actions.replaceChildren(h("button.w-button.primary", { type: "button", onclick: () => this.begin() }, "New experiment"));
    this.body.replaceChildren(...(found.length ? [this.table(found), another()] : [empty()]));
  }

  table(found) {
    const heads = ["Experiment", "Strategies", "Suite", "Assigned", "Answered", "Begun"];
    const rows = found.map((one) => {
      const open = h("button.w-link.w-run-open", { type: "button", onclick: () => this.go(one.id) }, one.name);
      const cells = [open, one.strategies, one.suite, one.assign === "paired" ? "all to each" : `by ${one.assign}`, progress(one), h("time", { datetime: one.begun }, when(one.begun))];
      return h("tr.w-opens", { onclick: ({ target }) => target.closest("button") || getSelection().toString() || this.go(one.id) }, cells.map((cell) => h("td", {}, cell)));
    });
    const table = h("table.w-table.w-cards.w-experiment-list", {}, h("thead", {}, h("tr", {}, heads.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows));
    return h("div.w-page-scroll", { tabindex: "0", role: "region", "aria-label": "Experiments" }, table);
  }

  async open(id) {
    const made = await this.asked(`/api/experiments/${encodeURIComponent(id)}`);
    if (!made) return;
    this.title.textContent = made.name;
    document.title = `${made.name} · Experiments`;
    this.status.textContent = `${made.answered} of ${plural(made.cases, "case")} answered${made.running ? ", going on" : ""}`;
    const stop = h("button.w-button", { type: "button", onclick: () => request("POST", "/api/experiments/stop", {}).then(() => this.restore()) }, "Stop");
    const back = h("button.w-button", { type: "button", onclick: () => this.go("") }, icon("back"), "All experiments");
    this.actions.replaceChildren(back, ...(made.running ? [stop] : []));
    this.body.replaceChildren(...(made.problem ? [problem(made.problem)] : []), ...reportView(made));
    this.follow(id, made);
  }

  /** Looks again while cases are still being answered: peeking is free here. */
  follow(id, made) {
    if (made.answered >= made.cases || made.called.length) return;
    this.timer = setTimeout(async () => {
      if (document.hidden || new URLSearchParams(location.search).get("e") !== id) return this.follow(id, made);
      const rows = await request("GET", "/api/experiments").catch(() => []);
      const now = rows.find((one) => one.id === id);
      if (made.running || (now && now.answered > made.answered + made.beyond)) this.restore();
      else this.follow(id, made);
    }, AGAIN_MS);
  }

  async asked(path) {
    const ticket = (this.ticket = {});
    try {
      const found = await request("GET", path);
      return ticket === this.ticket ? found : null;
    } catch (error) {
      if (ticket === this.ticket) this.body.replaceChildren(problem(error.message), h("button.w-button", { type: "button", onclick: () => this.go("") }, "All experiments"));
      return null;
    }
  }
}

function progress({ answered, cases }) {
  const bar = h("progress.w-progress", { max: String(cases), value: answered, "aria-label": `${answered} of ${cases} cases answered` });
  return h("span.w-experiment-progress", {}, bar, h("span.w-num", {}, `${answered} / ${cases}`));
}

function empty() {
  const about = "An experiment lets strategies answer the cases of a suite live, grades them, and says what may be claimed at any moment you look: intervals that hold under peeking, stop rules, and what would settle the rest.";
  return h("div.w-experiments-empty", {}, h("p", {}, about), commands());
}

const another = () => h("details.w-another", {}, h("summary", {}, "From the command line"), commands());

function commands() {
  const copier = (command) => iconButton("copy", `Copy: ${command}`, (event) => copy(event, command));
  return COMMANDS.map(([why, command]) => h("div.w-command", {}, h("p", {}, why), h("div", {}, h("code", { tabindex: "0" }, command), copier(command))));
}

async function copy({ currentTarget }, text) {
  await navigator.clipboard?.writeText(text).catch(() => {});
  currentTarget.title = "Copied";
}
