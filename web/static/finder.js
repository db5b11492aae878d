// The function finder: search, read what each argument means, fill them in, insert the formula.

import { el, fill } from "./dom.js";
import { insert } from "./workbook.js";

/** Shows the finder in `place`; `say` tells the person what was done. */
export function finder(place, catalogue, say) {
  const list = el("ul", { class: "list", "aria-label": "Functions" });
  const search = el("input", { type: "search", id: "search", placeholder: "backlog, invoiced, roll-forward …", autocomplete: "off",
    oninput: () => show(search.value) });
  const show = (words) => {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const found = catalogue.filter((f) => wanted.every((word) => textOf(f).includes(word)));
    fill(list, ...found.map((f) => el("li", {}, el("button", { type: "button", class: "item", onclick: () => detail(place, f, catalogue, say) },
      el("code", {}, f.name), el("span", {}, f.description)))));
    if (!found.length) fill(list, el("li", { class: "quiet" }, "Nothing fits. Try another word."));
  };
  fill(place, el("label", { for: "search" }, "Find a function"), search, list);
  show("");
}

function textOf(f) {
  return `${f.name} ${f.description} ${f.arguments.map((a) => a.name).join(" ")}`.toLowerCase();
}

function detail(place, f, catalogue, say) {
  const fields = f.arguments.map((a) => ({ a, input: field(a) }));
  const preview = el("code", { class: "preview", "aria-live": "polite" });
  const update = () => { preview.textContent = formula(f, fields.map(({ a, input }) => written(a, input.value))); };
  const form = el("form", { class: "stack", oninput: update, onsubmit: async (event) => {
    event.preventDefault();
    try {
      say(`${preview.textContent} entered into ${await insert(preview.textContent)}`);
    } catch (error) {
      say(error.message, "bad");
    }
  } },
    ...fields.map(({ a, input }) => el("div", { class: "field" }, el("label", { for: input.id }, a.name), input, el("small", { id: `${input.id}-help` }, a.help))),
    preview, el("button", { class: "primary" }, "Insert into the selected cell"));
  fill(place,
    el("button", { type: "button", class: "link", onclick: () => finder(place, catalogue, say) }, "‹ All functions"),
    el("h3", {}, el("code", {}, f.name)), el("p", {}, f.description), form,
    el("p", { class: "quiet" }, "Example: ", el("code", {}, f.example)));
  update();
  fields[0]?.input.focus();
}

function field(a) {
  const id = `arg-${a.name}`;
  if (a.words) return el("select", { id, "aria-describedby": `${id}-help` }, el("option", { value: "" }, `(${a.default})`), ...a.words.map((word) => el("option", {}, word)));
  return el("input", { id, "aria-describedby": `${id}-help`, autocomplete: "off", placeholder: a.kind === "date" ? "2026-01-31 or a cell" : "text or a cell" });
}

/** An argument as a formula writes it: references, numbers and formulas stay, dates become DATE(), texts get quotes. */
export function written(argument, text) {
  const given = text.trim();
  if (!given) return "";
  const day = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(given);
  if (day) return argument.kind === "date" ? `DATE(${Number(day[1])},${Number(day[2])},${Number(day[3])})` : `"${given}"`;
  if (given.startsWith("=")) return given.slice(1);
  if (/^(?:(?:'[^']+'|[\w.]+)!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?#?$/i.test(given)) return given;
  if (argument.kind !== "text" && /^-?\d+(\.\d+)?$/.test(given)) return given;
  return `"${given.replaceAll('"', '""')}"`;
}

/** The whole formula; blank arguments at the end are left out. */
export function formula(f, args) {
  let end = args.length;
  while (end && !args[end - 1]) end--;
  return `=${f.name}(${args.slice(0, end).join(",")})`;
}
