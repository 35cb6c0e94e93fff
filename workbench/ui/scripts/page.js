// The Compare page's one model: what the server offers, the draft, the comparison on show and the actions on it.
// Components listen to its topics: setup, draft, document, patch, live, notice, prompts, compose.
import * as api from "./api.js";
import { lastTurn, reduce, settled } from "./document.js";
import * as drafts from "./draft.js";
import { caption, changed, same } from "./params.js";
import { Stream } from "./stream.js";

const IDLE_MS = 2000; // a stream of a comparison at rest is closed: browsers allow six connections a host

const STATES = ["setup", "draft", "document", "prompts", "notice"];

export class Page extends EventTarget {
  setup = null;
  draft = { columns: [], blind: false, settings: {} };
  id = null;
  doc = null;
  prompts = null; // {name, items, at}
  made = null; // the comparison started here, not opened by its address
  busy = false; // a request of ours is on its way
  #told = new Map(); // topic -> what was last said of it
  #stream = null;
  #basis = null; // the draft that the comparison on show was made from

  /** Components mount in any order: one that comes late is told the present state at once. */
  on(topic, listener) {
    this.addEventListener(topic, (event) => listener(event.detail));
    if (STATES.includes(topic) && this.#told.has(topic)) listener(this.#told.get(topic));
  }

  tell(topic, detail) {
    this.#told.set(topic, detail);
    this.dispatchEvent(new CustomEvent(topic, { detail }));
  }

  /** Fetches the setup once and opens what the address names; safe to call from every component. */
  start() {
    this.starting ??= this.#start();
    return this.starting;
  }

  async #start() {
    addEventListener("popstate", () => this.#follow());
    addEventListener("pagehide", () => this.#close());
    addEventListener("pageshow", (event) => event.persisted && this.#follow(true));
    try {
      this.setup = await api.setup();
    } catch (error) {
      this.notice(error);
      return;
    }
    this.draft = drafts.restore(this.setup);
    this.tell("setup", this.setup);
    this.tell("draft", this.draft);
    this.#follow();
  }

  #follow(again = false) {
    const id = new URLSearchParams(location.search).get("c");
    if (id && (again || id !== this.id)) this.open(id);
    if (!id) this.#leave();
  }

  strategy(name) {
    return this.setup?.strategies.find((s) => s.name === name);
  }

  params = (name) => this.strategy(name)?.params ?? [];

  /** What a strategy's parameters say that its defaults do not. */
  caption = (name, params) => caption(this.params(name), params ?? {}, this.params);

  get models() {
    return (this.setup?.models ?? []).filter((m) => m.usable);
  }

  // The draft.

  edit(change) {
    this.draft = { ...this.draft, ...change };
    drafts.keep(this.draft);
    this.tell("draft", this.draft);
  }

  set(settings) {
    this.edit({ settings: { ...this.draft.settings, ...settings } });
  }

  /** Would the next prompt continue the comparison on show? */
  get continues() {
    if (!this.doc || this.prompts) return false;
    return this.#basis === null || same(this.#basis, this.draft);
  }

  /** A control of the setup panel changed. Gradio also says so when it draws them first: that is no edit. */
  hear(name, value) {
    if (!this.recalled) return;
    const heard = name === "budget_usd" && !value ? null : value;
    if (!same(heard, this.draft.settings[name])) this.set({ [name]: heard });
  }

  /** Values for the controls of the setup panel, in the order of `names`. */
  async recall(names) {
    await this.start();
    this.recalled = Boolean(this.setup);
    return names.map((name) => this.draft.settings[name] ?? null);
  }

  // The comparison on show.

  open(id) {
    this.#close();
    this.id = id;
    this.doc = null;
    this.#basis = null;
    this.tell("document", null);
    this.#listen();
  }

  #listen() {
    clearTimeout(this.idle);
    if (this.#stream) return;
    this.#stream = new Stream(this.id, {
      state: (doc) => this.#take(doc),
      patch: (patch) => this.#patch(patch),
      live: (state) => this.tell("live", state),
      refused: () => this.#refused(),
    });
  }

  #take(doc) {
    const first = !this.doc;
    this.doc = doc;
    if (first && this.#basis === null) this.#adopt(doc);
    this.tell("document", doc);
    this.#rest();
  }

  #patch(patch) {
    if (!this.doc) return;
    this.doc = reduce(this.doc, patch);
    this.tell("patch", patch);
    this.#rest();
  }

  // A comparison opened by its address brings its strategies along, where they are not secret.
  #adopt(doc) {
    const columns = doc.columns.filter((c) => this.strategy(c.strategy));
    if (columns.length !== doc.columns.length) return;
    this.draft = {
      ...this.draft,
      blind: doc.blind,
      columns: columns.map((c) => ({
        strategy: c.strategy,
        params: changed(this.strategy(c.strategy).params, c.params ?? {}, this.params),
      })),
    };
    this.#basis = this.draft;
    this.tell("draft", this.draft);
  }

  #rest() {
    clearTimeout(this.idle);
    const showing = Object.values(lastTurn(this.doc)?.columns ?? {}).some((column) => !settled(column));
    if (!this.doc.busy && !showing) this.idle = setTimeout(() => this.#close(), IDLE_MS);
  }

  async #refused() {
    this.#stream = null;
    try {
      this.#take(await api.read(this.id));
    } catch (error) {
      this.#leave();
      history.replaceState(null, "", location.pathname);
      this.notice(error);
    }
  }

  #close() {
    clearTimeout(this.idle);
    this.#stream?.close();
    this.#stream = null;
  }

  #leave() {
    this.#close();
    this.id = null;
    this.doc = null;
    this.tell("document", null);
  }

  /** Puts the comparison aside; the next prompt starts another. */
  fresh() {
    this.#leave();
    history.pushState(null, "", location.pathname);
  }

  // Actions.

  async run(prompt, category = "") {
    return this.#acting(async () => {
      if (this.continues) {
        this.#listen();
        await api.act(this.id, "turns", { prompt });
      } else {
        await this.#create(prompt, category);
      }
    });
  }

  async #create(prompt, category) {
    const draft = this.draft;
    const body = { ...draft.settings, columns: draft.columns, blind: draft.blind, prompt, category };
    const made = await api.create(body);
    this.made = made.id;
    history.pushState(null, "", `${location.pathname}?c=${encodeURIComponent(made.id)}`);
    this.open(made.id);
    this.#basis = draft;
    this.tell("draft", draft);
  }

  stop = () => this.#acting(() => this.#live(() => api.act(this.id, "stop")));

  column(letter, verb) {
    return this.#acting(() => this.#live(() => api.actOn(this.id, letter, verb)));
  }

  vote(token, choice, tags, comment) {
    return this.#acting(() => this.#live(() => api.act(this.id, "vote", { token, choice, tags, comment })));
  }

  reveal = () => this.#acting(() => this.#live(() => api.act(this.id, "reveal")));

  async #live(send) {
    this.#listen();
    await send();
  }

  async #acting(action) {
    if (this.busy) return false;
    this.busy = true;
    this.tell("live", "busy");
    try {
      await action();
      return true;
    } catch (error) {
      this.notice(error);
      return false;
    } finally {
      this.busy = false;
      this.tell("live", "idle");
    }
  }

  notice(error) {
    this.tell("notice", error instanceof Error ? error.message : String(error));
  }

  // A file of prompts to step through; each is a comparison of its own.

  load(name, items) {
    this.prompts = { name, items, at: 0 };
    this.tell("prompts", this.prompts);
    this.tell("compose", { text: items[0], category: "" });
  }

  step(by) {
    const at = Math.min(this.prompts.items.length - 1, Math.max(0, this.prompts.at + by));
    this.prompts = { ...this.prompts, at };
    this.tell("prompts", this.prompts);
    this.tell("compose", { text: this.prompts.items[at], category: "" });
  }

  unload() {
    this.prompts = null;
    this.tell("prompts", null);
  }
}

export const page = new Page();
