// What a job has fitted, version by version; one asks before it goes back, and says what changed.
import { request } from "../../scripts/api.js";
import { coded, dot, h, iconButton, problem, tint } from "../../scripts/dom.js";
import { count, plural, score } from "../../scripts/format.js";
import { when } from "../history/script.js";

const HOW = { refit: "fitted", rollback: "gone back to", before: "fitted by hand" };
const MOST = 8; // changes that a dialog lists

export function mount(root) {
  new Learning(root.querySelector(".w-learning")).load();
}

class Learning {
  constructor(root) {
    this.said = root.querySelector(".w-learning-said");
    this.body = root.querySelector(".w-learning-body");
    this.dialog = root.querySelector("dialog");
  }

  async load() {
    try {
      this.draw(await request("GET", "/api/learning"));
    } catch (error) {
      this.body.replaceChildren(problem(error.message));
    }
  }

  draw(found) {
    this.body.replaceChildren(...found.map((one) => this.section(one)));
  }

  section(one) {
    const refit = h("button.w-button", { type: "button", onclick: (event) => this.refit(event.currentTarget, one) }, "Fit now");
    const head = h("header.w-learning-head", {}, h("h2", {}, dot(one.color), one.name), h("p.w-soft", {}, standing(one)), refit);
    const wrong = problem("");
    wrong.hidden = true;
    const parts = one.version === null ? [empty()] : [weights(one), h("h3", {}, "History"), this.history(one)];
    return h("section", { "aria-label": one.name }, head, wrong, parts);
  }

  async refit(button, one) {
    button.disabled = true;
    await this.ask(button.closest("section"), `/api/learning/${encodeURIComponent(one.name)}/refit`, {}, (now) => `Version ${now.version} of ${one.name} is in force: ${changes(one, one.version, now).join("; ") || "its first weights"}.`);
    button.disabled = false;
  }

  /** Does it, draws what is there then, and says what changed. */
  async ask(section, path, body, sentence) {
    const wrong = section.querySelector(".w-page-problem");
    wrong.hidden = true;
    try {
      const found = await request("POST", path, body);
      this.draw(found);
      this.said.textContent = sentence(found.find(({ name }) => name === section.getAttribute("aria-label")));
    } catch (error) {
      wrong.replaceChildren(...coded(error.message));
      wrong.hidden = false;
    }
  }

  history(one) {
    const heads = ["Version", "When", "What", "Learned from", "Weights", "Moved most", ""];
    const offered = new Set([one.version]);
    const rows = one.changes.map((change, i) => {
      const made = versionOf(one, change.version);
      const first = !offered.has(change.version) && !made.problem;
      offered.add(change.version);
      const back = h("button.w-button.small", { type: "button", "aria-label": `Go back to version ${change.version}`, onclick: () => this.confirm(one, change.version) }, "Go back to this");
      const cells = [
        h("td", {}, h("time", { datetime: change.at, title: new Date(change.at).toLocaleString() }, when(change.at))),
        h("td", {}, `${HOW[change.how]}${change.how === "rollback" ? `, from version ${change.from}` : ""}`),
        h("td.w-learning-source", {}, made.problem ? h("span.w-learning-gone", {}, made.problem) : source(made)),
        h("td.w-learning-shares", {}, shares(one, made)),
        h("td.w-learning-moved", {}, movedMost(one, change, one.changes[i + 1])),
        h("td.w-learning-act", {}, i === 0 ? h("b", {}, "in force") : first && back),
      ];
      return h("tr", { class: i === 0 ? "current" : null }, h("th", { scope: "row" }, h("span.w-num", { "data-name": "version" }, String(change.version))), cells);
    });
    const head = h("thead", {}, h("tr", {}, heads.map((text) => (text ? h("th", { scope: "col" }, text) : h("td")))));
    return h("div.w-page-scroll", { tabindex: "0", role: "region", "aria-label": `History of ${one.name}` }, h("table.w-table.w-cards", {}, head, h("tbody", {}, rows)));
  }

  confirm(one, version) {
    const moved = changes(one, one.version, one, version);
    const close = iconButton("close", "Close", () => this.dialog.close());
    const go = async () => {
      const section = this.body.querySelector(`section[aria-label="${CSS.escape(one.name)}"]`);
      this.dialog.close();
      await this.ask(section, `/api/learning/${encodeURIComponent(one.name)}/rollback`, { version, seen: one.version }, () => `Version ${version} of ${one.name} is in force again: ${moved.slice(0, MOST).join("; ") || "no weight differs"}. Version ${one.version} is kept: go back to it to undo this.`);
      this.said.scrollIntoView({ block: "nearest" });
    };
    const list = moved.length ? h("ul", {}, moved.slice(0, MOST).map((text) => h("li.w-num", {}, text))) : h("p", {}, "No weight differs.");
    const more = moved.length > MOST && h("p.w-soft", {}, `and ${plural(moved.length - MOST, "more weight")}`);
    const next = h("p.w-soft", {}, "Runs use it from their next prompt on. The next fit starts from these weights.");
    const foot = h("div.w-back-foot", {}, h("button.w-button", { type: "button", onclick: () => this.dialog.close() }, "Cancel"), h("button.w-button.primary", { type: "button", onclick: go }, `Go back to version ${version}`));
    this.dialog.replaceChildren(h("article", {}, h("header", {}, h("h2", { id: "w-back-title" }, `${one.name}: go back from version ${one.version} to ${version}?`), close), list, more, next, foot));
    this.dialog.showModal();
  }
}

const versionOf = (one, version) => one.versions.find((made) => made.version === version);

function standing({ version, due, refit_days: days }) {
  const every = days === 7 ? "weekly" : `every ${plural(days, "day")}`;
  if (version === null) return `Fitted ${every}, once there is enough to learn from.`;
  return `Version ${version} is in force. Fitted ${every}; next ${new Date(due) < new Date() ? "when there is enough to learn from" : `on ${new Date(due).toLocaleDateString("en-GB", { day: "numeric", month: "long" })}`}.`;
}

function source({ data, prompts }) {
  const from = data.join(", ") || "what is not known";
  return prompts === null ? from : `${from} (${plural(prompts, "prompt")})`;
}

/** A version's weights over all prompts as one bar, models in the order of their names: what moved is seen between rows. */
function shares(one, { weights: known }) {
  const all = Object.entries(known[""] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (!all.length) return "–";
  const said = all.map(([model, weight]) => `${model} ${score(weight)}`).join(", ");
  return h("div.w-learning-bar", { role: "img", "aria-label": said, title: said }, all.map(([model, weight]) => tint(h("i", { style: { "flex-grow": weight } }), one.colors[model])));
}

/** The weight that a change moved most, beside the version that was in force before it. */
function movedMost(one, change, before) {
  if (!before) return h("span.w-soft", {}, "the first weights");
  if (before.version === change.version) return h("span.w-soft", {}, "nothing");
  const [most, ...others] = changes(one, before.version, one, change.version);
  if (!most) return h("span.w-soft", {}, [before, change].some(({ version }) => versionOf(one, version).problem) ? "not known" : "nothing");
  return [h("span.w-num", {}, most), others.length > 0 && h("small", { title: others.slice(0, MOST).join("; ") }, ` and ${count(others.length)} more`)];
}

/** "small 0.40 to 0.30; small in maths 0.50 to 0.20": what differs, the largest moves first. Pure. */
export function changes(one, version, now, to = now.version) {
  const [before, after] = [versionOf(one, version)?.weights, versionOf(now, to)?.weights];
  if (!before || !after || !Object.keys(before).length) return [];
  const weight = (weights, category, model) => (weights[category] ?? weights[""])?.[model] ?? 0;
  const categories = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const models = [...new Set([before, after].flatMap((weights) => Object.keys(weights[""])))];
  const moved = categories.flatMap((category) => models.map((model) => ({ category, model, from: weight(before, category, model), to: weight(after, category, model) })));
  return moved
    .filter(({ from, to: other }) => Math.abs(other - from) >= 0.0005)
    .sort((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from))
    .map(({ category, model, from, to: other }) => `${model}${category && ` in ${category}`} ${score(from)} to ${score(other)}`);
}

function weights(one) {
  const { weights: known, problem: wrong } = versionOf(one, one.version);
  if (wrong) return problem(wrong);
  const categories = Object.keys(known).sort();
  const heads = ["Model", ...categories.map((category) => category || "All prompts")];
  const cell = (category, model) => h("td.w-figure.w-learning-weight", { "data-name": category || "all prompts", style: { "--w-lead": (known[category][model] ?? 0).toFixed(3) } }, score(known[category][model] ?? 0));
  const models = Object.entries(known[""]).sort(([, a], [, b]) => b - a).map(([model]) => model);
  const rows = models.map((model) => h("tr", {}, h("th", { scope: "row" }, dot(one.colors[model]), h("code", {}, model)), categories.map((category) => cell(category, model))));
  const table = h("table.w-table.w-cards", {}, h("thead", {}, h("tr", {}, heads.map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, rows));
  const note = h("p.w-soft", {}, "Chance of each model, before the least share that every model keeps. Categories with enough scored answers have weights of their own.");
  return h("div", {}, h("h3", {}, "Weights in force"), h("div.w-page-scroll", { tabindex: "0", role: "region", "aria-label": `Weights of ${one.name}` }, table), note);
}

function empty() {
  const text = "There is nothing here yet: weights need 30 scored answers of each of two models. Votes count, graded answers of experiments, and data sets that a measured judge has scored.";
  return h("div.w-page-empty", {}, h("p", {}, text), h("a.w-button.primary", { href: "/" }, "Compare and vote"));
}
