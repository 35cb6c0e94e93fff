// One event stream of one comparison. The browser resumes a dropped one by Last-Event-ID; a refused one is retried here.

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15000;

export class Stream {
  /** on: {state(doc), patch(change), live("open" | "lost"), refused()} */
  constructor(id, on) {
    this.id = id;
    this.on = on;
    this.wait = FIRST_WAIT_MS;
    this.connect();
  }

  connect() {
    this.source = new EventSource(`/api/comparisons/${encodeURIComponent(this.id)}/events`);
    this.source.addEventListener("open", () => this.opened());
    this.source.addEventListener("state", (event) => this.on.state(JSON.parse(event.data)));
    this.source.addEventListener("patch", (event) => this.on.patch(JSON.parse(event.data)));
    this.source.addEventListener("error", () => this.failed());
  }

  opened() {
    this.wait = FIRST_WAIT_MS;
    this.known = true;
    this.on.live("open");
  }

  failed() {
    if (!this.known && this.source.readyState === EventSource.CLOSED) {
      this.close();
      this.on.refused();
      return;
    }
    this.on.live("lost");
    if (this.source.readyState !== EventSource.CLOSED) return;
    this.timer = setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }

  close() {
    clearTimeout(this.timer);
    this.source.close();
  }
}
