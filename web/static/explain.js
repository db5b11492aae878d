// The proof of the selected cell: what it asked, what it stands on, and the records in the source systems.

import { el, fill } from "./dom.js";
import { asked } from "./functions.js";
import { calls, inExcel, selected } from "./workbook.js";

/** Shows the proof of the active cell in `place`. */
export async function explain(place, client, pattern) {
  const cell = await selected();
  if (!calls(cell.formula, pattern)) {
    return fill(place, el("p", { class: "quiet" }, `${short(cell.address)} holds none of our functions. Select a cell with one.`));
  }
  let call = await callOf(cell);
  if (!call) return fill(place, el("p", { class: "warn" }, `${short(cell.address)} has not been computed yet. Refresh it, then ask again.`));
  call = [call.name, ...call.args.map((argument) => at(argument, cell.row, cell.column))];
  const { body } = await client.ask("POST", "/api/v1/explain", { call });
  fill(place, ...proof(cell, body, client));
}

/** What the cell asked; one that was not computed since the workbook was opened is computed first. */
async function callOf(cell) {
  if (!asked.has(cell.home)) {
    await inExcel(async (context) => {
      const [sheet, address] = cell.home.split(/!(?=[^!]*$)/);
      const range = context.workbook.worksheets.getItem(sheet.replace(/^'|'$/g, "")).getRange(address);
      range.formulas = [[cell.formula]];
      await context.sync();
    });
    for (let i = 0; i < 20 && !asked.has(cell.home); i++) await new Promise((done) => setTimeout(done, 50));
  }
  return asked.get(cell.home)?.[0];
}

/** The cell of a range argument that one cell of a spilled table was computed from. */
export function at(argument, row, column) {
  if (!Array.isArray(argument)) return argument;
  const line = argument[argument.length === 1 ? 0 : row] ?? [];
  return line[line.length === 1 ? 0 : column] ?? null;
}

function proof(cell, body, client) {
  const figure = el("div", { class: "figure" },
    el("div", { class: "address" }, short(cell.address)),
    el("div", { class: "amount" }, cell.text || "–", body.currency && el("small", {}, ` ${body.currency}`)),
    el("div", { class: "quiet" }, body.description),
    body.error && el("p", { class: "warn" }, body.error));
  const facts = el("dl", { class: "facts" },
    ...Object.entries(body.arguments).filter(([, value]) => value !== null && value !== "")
      .flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, String(value))]),
    el("dt", {}, "data version"), el("dd", {}, el("code", {}, body.data.version.slice(0, 8))));
  const cards = body.rows.map((row) => card(row, client));
  const title = body.rows.length
    ? `${body.total} ${body.total === 1 ? "obligation" : "obligations"} behind it at ${body.day}`
    : "No obligation counts here at that day";
  const more = body.total > body.rows.length ? [el("p", { class: "quiet" }, `The ${body.rows.length} largest are shown. All: =BACKLOG_EXPLAIN(…)`)] : [];
  return [figure, facts, el("h3", {}, title), ...cards, ...more];
}

function card(row, client) {
  const record = row.record;
  const link = record?.link ? el("a", { href: safe(record.link), target: "_blank", rel: "noopener noreferrer" }, "Open in the source ↗") : null;
  const show = record && ["operator", "admin"].includes(client.state.you?.role)
    ? el("button", { type: "button", class: "link", onclick: (event) => reveal(event.currentTarget, record.number, client) }, "Show the record")
    : null;
  return el("article", { class: "card" },
    el("header", {}, el("strong", {}, row.customer), el("span", { class: "num" }, `${grouped(row.backlog)} ${row.currency}`)),
    el("div", { class: "quiet" }, `${row.contract} · ${row.line} · booked ${row.booked_on ?? "–"}`),
    el("div", { class: "bar", role: "img", "aria-label": `recognized ${row.recognized} of ${row.contracted} ${row.currency}` },
      el("i", { style: `width:${share(row)}%` })),
    el("div", { class: "split" }, el("span", {}, `recognized ${grouped(row.recognized)}`), el("span", {}, `of ${grouped(row.contracted)}`)),
    el("div", { class: "quiet" }, `${row.method.replaceAll("_", " ")} · ASC ${row.rule}`),
    record && el("div", { class: "source" }, el("span", { class: "tag" }, record.source), ` ${record.object} ${record.key}`),
    el("div", { class: "links" }, link, show));
}

async function reveal(button, number, client) {
  const { body } = await client.ask("GET", `/api/v1/records/${number}`);
  button.replaceWith(el("pre", { tabindex: "0" }, JSON.stringify(body.payload, null, 2)));
}

function share(row) {
  const whole = Number(row.contracted);
  return whole > 0 ? Math.max(0, Math.min(100, Math.round((100 * Number(row.recognized)) / whole))) : 0;
}

/** A decimal with its thousands apart, digit for digit. */
export function grouped(amount) {
  const [whole, ...cents] = amount.split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...cents].join(".");
}

/** Only an address of the web is a link. */
export function safe(link) {
  return /^https?:\/\//i.test(link) ? link : "#";
}

function short(address) {
  return address.replaceAll("'", "");
}
