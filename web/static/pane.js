// The task pane: who is signed in, how old the data is, and the three things one comes for: explain, find, work on the sheet.

import { ago, Client } from "./client.js";
import { el, fill } from "./dom.js";
import { explain } from "./explain.js";
import { finder } from "./finder.js";
import { associate } from "./functions.js";
import { FUNCTIONS } from "./registrations.js";
import { fix, inExcel, patternOf, recalculate, repair } from "./workbook.js";

const LOOK_MS = 60_000;
const SOON_DAYS = 14;
const pattern = patternOf(FUNCTIONS);
const byId = (id) => document.getElementById(id);

export const client = new Client({ on: show });
if (globalThis.CustomFunctions) associate(FUNCTIONS, client, globalThis.CustomFunctions);

function show(state) {
  document.body.dataset.phase = state.phase;
  byId("signin").hidden = state.phase !== "signed out";
  byId("main").hidden = state.phase === "signed out";
  byId("signout").hidden = !state.you;
  byId("status").textContent = statusOf(state);
  byId("who").textContent = state.you ? [state.you.name, state.you.role, ending(state.you.until)].filter(Boolean).join(" · ") : "";
  byId("problem").textContent = state.problem;
  byId("problem").hidden = !state.problem;
  if (state.data) fill(byId("sources"), ...Object.entries(state.data.sources).flatMap(([name, at]) => [el("dt", {}, name), el("dd", {}, age(at))]));
}

function ending(until) {
  const days = until ? Math.ceil((Date.parse(until) - Date.now()) / 86_400_000) : Infinity;
  return days <= SOON_DAYS ? `token ends in ${days} ${days === 1 ? "day" : "days"}` : "";
}

function statusOf(state) {
  if (state.phase === "signed out") return "Signed out";
  const oldest = state.data ? `data ${age(state.data.oldest)}` : "no data yet";
  return state.phase === "offline" ? `Offline · ${oldest}` : `Connected · ${oldest}`;
}

function age(at) {
  return at ? ago(Date.now() - Date.parse(at)) : "never complete";
}

function say(text, kind = "good") {
  const place = byId("said");
  place.className = kind;
  place.textContent = text;
}

async function doing(button, work) {
  button.disabled = true;
  say("Working …", "quiet");
  try {
    say(await work());
  } catch (error) {
    say(error.message, "bad");
  } finally {
    button.disabled = false;
  }
}

const scopeOf = () => document.querySelector("input[name=scope]:checked").value;
const some = (n) => `${n} ${n === 1 ? "formula" : "formulas"}`;
const actions = {
  refresh: async () => {
    client.forget();
    await client.look();
    return `${some(await recalculate(scopeOf(), pattern))} refreshed`;
  },
  fix: async () => {
    const { fixed, left } = await fix(scopeOf(), pattern);
    const stamp = client.state.data ? `, data ${client.state.data.version.slice(0, 8)}` : "";
    return `${some(fixed)} replaced by values${stamp}` + (left ? `; ${left} with errors left` : "");
  },
  repair: async () => `${some(await repair(scopeOf(), pattern))} repaired`,
};

byId("signin").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter ?? byId("signin").querySelector("button");
  button.disabled = true;
  try {
    await client.signIn(byId("token").value);
    byId("token").value = "";
    await start();
  } catch (error) {
    byId("problem").textContent = error.message;
    byId("problem").hidden = false;
  } finally {
    button.disabled = false;
  }
});
byId("signout").addEventListener("click", () => { client.signOut(); byId("token").focus(); });
for (const [id, work] of Object.entries(actions)) byId(id).addEventListener("click", (event) => doing(event.currentTarget, work));
byId("explain").addEventListener("click", (event) => doing(event.currentTarget, async () => { await explain(byId("proof"), client, pattern); return ""; }));

async function start() {
  const { body } = await client.ask("GET", "/api/v1/functions");
  finder(byId("finder"), body.functions, say);
  open("explain-tab");
  await inExcel(async (context) => {
    context.workbook.load("use1904DateSystem");
    await context.sync();
    client.date1904 = context.workbook.use1904DateSystem === true;
  }).catch(() => {});
  await recalculate("workbook", pattern).catch((error) => say(error.message, "bad"));
}

const tabs = [...document.querySelectorAll("[role=tab]")];
function open(id) {
  for (const tab of tabs) {
    const chosen = tab.id === id;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
  say("", "quiet");
}
for (const tab of tabs) {
  tab.addEventListener("click", () => open(tab.id));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const to = event.key === "Home" ? 0 : event.key === "End" ? tabs.length - 1 : step && (tabs.indexOf(tab) + step + tabs.length) % tabs.length;
    if (to === undefined) return;
    event.preventDefault();
    open(tabs[to].id);
    tabs[to].focus();
  });
}

function theme() {
  const color = globalThis.Office?.context?.officeTheme?.bodyBackgroundColor;
  if (!color) return;
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
  document.documentElement.dataset.theme = r * 0.3 + g * 0.6 + b * 0.1 < 128 ? "dark" : "light";
}

globalThis.Office?.onReady?.(theme);
setInterval(() => client.state.you && client.look().catch(() => {}), LOOK_MS);
show(client.state);
