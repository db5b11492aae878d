// Asks the server: collects the calls of one recalculation, sends equal ones once, in chunks, and leaves no promise waiting.

export const CHUNK = 2000;
const LIMIT_MS = 30_000;
const AT_ONCE = 4;
const KEPT = 100_000;

/** Why there is no answer: `excel` is the error a cell shows, the message says what and the remedy. */
export class Unanswered extends Error {
  constructor(message, excel = "#N/A") {
    super(message);
    this.excel = excel;
  }
}

/** The connection to the server. `on(state)` is told whenever who is signed in, or what is known of the data, changes. */
export class Client {
  constructor({ fetch = globalThis.fetch.bind(globalThis), base = "", on = () => {}, now = () => Date.now(), limit = LIMIT_MS } = {}) {
    Object.assign(this, { fetch, base, on, now, limit });
    this.date1904 = false;
    this.state = { phase: "signed out", data: null, you: null, problem: "", since: null };
    this.token = "";
    this.known = new Map(); // what was answered under the present version of the data
    this.last = new Map(); // what was last answered at all, with its time: told while the server is away
    this.waiting = new Map();
    this.timer = null;
    this.tag = "";
  }

  /** Signs in with a token, which stays in memory only. */
  async signIn(token) {
    this.token = token.trim();
    this.forget();
    await this.look();
    return this.state.you;
  }

  /** Forgets the token and all answers. */
  signOut() {
    this.token = "";
    this.forget();
    this.last.clear();
    this.tell({ phase: "signed out", data: null, you: null, problem: "", since: null });
  }

  /** Forgets answers, so that the next recalculation asks anew. */
  forget() {
    this.known.clear();
    this.tag = "";
  }

  /** Asks which data there is; whether it is newer than before. */
  async look() {
    const { body, tag } = await this.ask("GET", "/api/v1/data");
    const newer = tag !== this.tag;
    if (newer) this.known.clear();
    this.tag = tag;
    this.tell({ phase: "ready", data: body, you: body.you, problem: "", since: this.now() });
    return newer;
  }

  /** The answer of one call, as the server gives it ({value} or {rows}); rejects with Unanswered. */
  call(name, args) {
    const call = trimmed([name, ...args]);
    const key = JSON.stringify(call);
    const known = this.known.get(key);
    if (known !== undefined) return settled(known);
    if (!this.token) return Promise.reject(new Unanswered("Sign in first: open the pane Revenue Backlog", "#N/A"));
    return new Promise((resolve, reject) => {
      const entry = this.waiting.get(key) ?? { key, call, takers: [] };
      entry.takers.push({ resolve, reject });
      this.waiting.set(key, entry);
      this.timer ??= setTimeout(() => this.flush(), 0);
    });
  }

  /** What is known of a call without asking, or undefined. */
  recall(name, args) {
    return this.known.get(JSON.stringify(trimmed([name, ...args])));
  }

  /** Sends all that waits. */
  async flush() {
    this.timer = null;
    const entries = [...this.waiting.values()];
    this.waiting.clear();
    const chunks = [];
    for (let i = 0; i < entries.length; i += CHUNK) chunks.push(entries.slice(i, i + CHUNK));
    const next = () => {
      const chunk = chunks.shift();
      return chunk && this.send(chunk).then(next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  }

  async send(chunk) {
    try {
      const asked = { calls: chunk.map((entry) => entry.call), form: "sheet", date1904: this.date1904 };
      const { body, tag } = await this.ask("POST", "/api/v1/batch", asked);
      if (body?.answers?.length !== chunk.length) throw new Unanswered("the server answered something else than was asked");
      if (tag !== this.tag) this.known.clear();
      this.tag = tag;
      if (this.known.size + chunk.length > KEPT) this.known.clear();
      const at = this.now();
      chunk.forEach((entry, i) => {
        const answer = body.answers[i];
        if (answer.excel !== "#BUSY!" && answer.excel !== "#CONNECT!") {
          this.known.set(entry.key, answer);
          this.last.set(entry.key, { answer, at });
        }
        for (const taker of entry.takers) settled(answer).then(taker.resolve, taker.reject);
      });
      this.tell({ phase: "ready", data: body.data, problem: "", since: at });
    } catch (error) {
      for (const entry of chunk) {
        const told = this.withLast(entry.key, error);
        for (const taker of entry.takers) taker.reject(told);
      }
    }
  }

  /** An error with the last value and its age: never a number that looks as if it were of today. */
  withLast(key, error) {
    const last = this.last.get(key);
    const value = last?.answer.value;
    if (value === undefined || typeof value === "object") return error;
    return new Unanswered(`${error.message}. Last value ${value}, ${ago(this.now() - last.at)}`, error.excel);
  }

  async ask(method, path, body) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), this.limit);
    let answer, told;
    try {
      answer = await this.fetch(this.base + path, {
        method,
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        signal: stop.signal,
        headers: { authorization: `Bearer ${this.token}`, ...(body && { "content-type": "application/json" }) },
        body: body && JSON.stringify(body),
      });
      told = await answer.json().catch(() => null);
    } catch (error) {
      const why = stop.signal.aborted ? `the server did not answer within ${Math.round(this.limit / 1000)} s` : "the server cannot be reached";
      this.tell({ phase: "offline", problem: why });
      throw new Unanswered(`#CONNECT! ${why}`);
    } finally {
      clearTimeout(timer);
    }
    if (answer.ok) return { body: told, tag: answer.headers.get("etag") ?? "" };
    const why = told?.error ?? `the server answered with status ${answer.status}`;
    if (answer.status === 401) {
      this.token = "";
      this.forget();
      this.tell({ phase: "signed out", you: null, problem: why });
      throw new Unanswered(`Sign in again: ${why}`);
    }
    if (answer.status >= 500) this.tell({ phase: "offline", problem: why });
    throw new Unanswered(answer.status >= 500 ? `#CONNECT! ${why}` : why);
  }

  tell(change) {
    this.state = { ...this.state, ...change };
    this.on(this.state);
  }
}

/** How long ago, in words. */
export function ago(ms) {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`;
}

function settled(answer) {
  return "error" in answer ? Promise.reject(new Unanswered(answer.error, answer.excel)) : Promise.resolve(answer);
}

function trimmed(call) {
  let end = call.length;
  while (end > 1 && (call[end - 1] === null || call[end - 1] === "")) end--;
  return call.slice(0, end);
}
