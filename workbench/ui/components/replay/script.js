// The Replay page: what is asked for, how far it is, what came of it. The address says all three.
import { request, fetchBytes, setup as getSetup } from "../../scripts/api.js";
import { open } from "../../scripts/columns.js";
import { coded, h } from "../../scripts/dom.js";
import { fromRequest, parse, write } from "../../scripts/replay_address.js";
import { StrategyChips } from "../../scripts/strategies.js";
import { drawEmpty } from "./empty.js";
import { progressView } from "./progress.js";
import { Result } from "./result.js";
import { noted, SetupForm, sweepFields, unfitted, usual } from "./setup.js";

const POLL_MS = 400;
const MOST = 12;

export function mount(root) {
  new Replay(root.querySelector(".w-replay")).start();
}

class Replay {
  constructor(root) {
    const find = (name) => root.querySelector(name);
    this.main = find(".w-replay-main");
    this.said = find(".w-replay-said");
    this.chips = new StrategyChips({ list: find(".w-chips"), edit: find(".w-edit"), add: find(".w-add") }, this.host());
    this.form = new SetupForm(find("form"), find(".w-pool"), this);
    this.ticket = 0; // of the newest thing shown: what an older one fetched is dropped
  }

  /** What the chips need to know. */
  host() {
    const replay = this;
    return {
      fewest: 1,
      fits: true,
      most: MOST,
      least: "A replay needs a strategy",
      get setup() {
        return replay.setup;
      },
      get columns() {
        return replay.draft.strategies;
      },
      get models() {
        return replay.models.map((id) => ({ id }));
      },
      note: noted,
      more: (column, change) => sweepFields(column, replay.setup.strategies.find((s) => s.name === column.strategy), change),
      change: (strategies) => replay.change({ strategies: strategies.map((one) => ({ ...one, sweep: one.sweep ?? null })) }),
    };
  }

  async start() {
    this.show(h("p.w-loading", { role: "status" }, "Looking at data sets"));
    try {
      const [offered, datasets] = await Promise.all([getSetup(), request("GET", "/api/datasets")]);
      [this.setup, this.datasets] = [unfitted(offered), datasets];
    } catch (error) {
      this.fail("This page cannot be shown", error.message);
      return;
    }
    addEventListener("popstate", () => this.restore());
    this.restore();
  }

  restore() {
    const asked = parse(location.search);
    const known = (one) => this.setup.strategies.some((s) => s.name === one.strategy);
    const strategies = asked.setup?.strategies.filter(known) ?? [];
    this.draft = strategies.length ? { ...asked.setup, strategies } : usual(this.setup, this.datasets, asked.data);
    this.drawSetup();
    if (asked.key) this.open(asked.key, asked);
    else this.empty();
  }

  get dataset() {
    return this.datasets.find((one) => one.name === this.draft.data);
  }

  /** Ids that a strategy may name: the models of the data set, or those of them that were chosen. */
  get models() {
    return this.draft.models.length ? this.draft.models : (this.dataset?.models ?? []);
  }

  change(fields) {
    this.draft = { ...this.draft, ...fields };
    this.drawSetup();
  }

  drawSetup() {
    this.chips.draw();
    this.form.draw();
  }

  /** Is what is shown or made now what the setup asks for? */
  get current() {
    return Boolean(this.request) && write(this.draft) === write(this.request);
  }

  // States of the page's main part.

  show(...nodes) {
    this.result?.leave();
    this.result = null;
    this.main.replaceChildren(...nodes);
  }

  async empty() {
    const ticket = ++this.ticket;
    this.request = null;
    this.form.draw();
    let recent = [];
    try {
      recent = await request("GET", "/api/replays");
    } catch {
      // A list of earlier replays is not worth an error: the page works without.
    }
    if (ticket === this.ticket) this.show(drawEmpty(this, recent));
  }

  fail(what, why, again = null) {
    const mend = again && h("button.w-button", { type: "button", onclick: again }, "Run again");
    this.show(h("div.w-replay-error", { role: "alert" }, h("h2", {}, what), h("p", {}, coded(why)), mend));
  }

  run = async () => {
    const ticket = ++this.ticket;
    this.request = this.draft;
    this.show(progressView({ state: "waiting", ahead: 0 }, () => {}));
    this.form.draw();
    try {
      const found = await request("POST", "/api/replays", this.draft);
      if (ticket !== this.ticket) return;
      this.go({ key: found.key });
      this.follow(found, ticket, {});
    } catch (error) {
      if (ticket !== this.ticket) return;
      this.request = null;
      this.form.draw();
      this.fail("This replay was not begun", error.message);
    }
  };

  go(view) {
    const address = `${location.pathname}?${write(this.draft, view)}`;
    if (address !== location.pathname + location.search) history.pushState(null, "", address);
  }

  async open(key, view) {
    const ticket = ++this.ticket;
    this.show(h("p.w-loading", { role: "status" }, "Opening the replay"));
    try {
      this.follow(await request("GET", `/api/replays/${encodeURIComponent(key)}`), ticket, view);
    } catch (error) {
      if (ticket !== this.ticket) return;
      this.request = null;
      this.form.draw();
      this.fail("Nothing to show", error.message, this.run);
    }
  }

  /** Show a job's state until it is over. */
  async follow(found, ticket, view) {
    this.request = this.draft = fromRequest(found.request);
    this.drawSetup();
    let progress = null;
    while (ticket === this.ticket && ["waiting", "running"].includes(found.state)) {
      if (!progress) this.show((progress = progressView(found, () => this.stop(found.key))));
      else progress.update(found);
      await new Promise((done) => setTimeout(done, POLL_MS));
      try {
        found = await request("GET", `/api/replays/${found.key}`);
      } catch (error) {
        if (ticket === this.ticket) this.fail("The replay was lost sight of", error.message, this.run);
        return;
      }
    }
    if (ticket !== this.ticket) return;
    if (found.state === "done") await this.finish(found.key, ticket, view);
    else if (found.state === "stopped") this.fail("Stopped", "This replay was stopped before it ended; nothing of it is kept.", this.run);
    else this.fail("The replay failed", found.text, this.run);
  }

  async finish(key, ticket, view) {
    const path = `/api/replays/${key}`;
    try {
      const [doc, buffer] = await Promise.all([request("GET", `${path}/document`), fetchBytes(`${path}/columns`)]);
      if (ticket !== this.ticket) return;
      const result = new Result({ doc, columns: open(doc, buffer), path, setup: this.setup }, view, (next) => this.hold(key, next));
      this.show(result.node);
      this.result = result;
      result.arrive();
      this.said.textContent = `Replayed over ${doc.data.prompts.toLocaleString("en-US")} prompts. ${doc.sentence.map((piece) => piece.text).join("")}`;
    } catch (error) {
      if (ticket === this.ticket) this.fail("The result cannot be shown", error.message, this.run);
    }
  }

  /** The slider's place goes into the address; it is no step back in the history. */
  hold(key, view) {
    clearTimeout(this.holding);
    this.holding = setTimeout(() => {
      if (parse(location.search).key === key) history.replaceState(null, "", `${location.pathname}?${write(this.request, { key, ...view })}`);
    }, 200);
  }

  async stop(key) {
    try {
      await request("POST", `/api/replays/${key}/stop`, {});
    } catch (error) {
      this.fail("The replay could not be stopped", error.message);
    }
  }
}
