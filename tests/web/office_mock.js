// A small Excel for tests: sheets of cells, formulas of ours computed through what was associated, errors as Excel shows them.
(() => {
  const functions = new Map();
  class FunctionError extends Error { constructor(code, message) { super(message); this.code = code; } }
  globalThis.CustomFunctions = { associate: (name, f) => functions.set(name, f), Error: FunctionError, ErrorCode: { notAvailable: "#N/A", invalidValue: "#VALUE!" } };
  globalThis.Office = { onReady: (done) => Promise.resolve().then(() => done?.({ host: "Excel" })), context: {} };
  const sheets = new Map([["Sheet1", new Map()]]);
  const mock = globalThis.mock = { functions, sheets, active: ["Sheet1", 0, 0], busy: 0, pending: [], computed: 0 };
  const cellOf = (sheet, r, c) => sheets.get(sheet).get(`${r},${c}`) ?? { formula: "", value: "" };
  const letters = (c) => (c >= 26 ? String.fromCharCode(64 + Math.floor(c / 26)) : "") + String.fromCharCode(65 + (c % 26));
  const name = (sheet, r, c) => `${sheet}!${letters(c)}${r + 1}`;
  const place = (text) => { const [, l, n] = /^\$?([A-Z]+)\$?(\d+)$/i.exec(text); return [Number(n) - 1, [...l.toUpperCase()].reduce((a, x) => a * 26 + x.charCodeAt(0) - 64, 0) - 1]; };
  const split = (text) => { const out = []; let depth = 0, quoted = false, now = ""; for (const s of text) { if (s === '"') quoted = !quoted; if (!quoted && s === "(") depth++; if (!quoted && s === ")") depth--; if (s === "," && !depth && !quoted) { out.push(now); now = ""; } else now += s; } return text.trim() ? [...out, now] : out; };
  const argument = (sheet, text) => {
    const given = text.trim();
    if (!given) return undefined;
    if (given.startsWith('"')) return [[given.slice(1, -1).replaceAll('""', '"')]];
    const date = /^DATE\((\d+),(\d+),(\d+)\)$/.exec(given);
    if (date) return [[Date.UTC(date[1], date[2] - 1, date[3]) / 864e5 + 25569]];
    if (/^[A-Z]+\d+:[A-Z]+\d+$/i.test(given)) { const [a, b] = given.split(":").map(place); return Array.from({ length: b[0] - a[0] + 1 }, (_, i) => Array.from({ length: b[1] - a[1] + 1 }, (_, j) => cellOf(sheet, a[0] + i, a[1] + j).value)); }
    if (/^[A-Z]+\d+$/i.test(given)) { const [r, c] = place(given); return [[cellOf(sheet, r, c).value]]; }
    return [[Number(given)]];
  };
  const put = (sheet, r, c, content) => {
    const cell = { formula: content, value: content };
    sheets.get(sheet).set(`${r},${c}`, cell);
    if (typeof content !== "string" || !content.startsWith("=")) return;
    const [, called, inner] = /^=([A-Z_]+)\((.*)\)$/.exec(content) ?? [];
    const f = functions.get(called);
    if (!f) { cell.value = "#NAME?"; return; }
    cell.value = "#BUSY!";
    mock.computed++;
    const given = split(inner).map((each) => argument(sheet, each));
    const invocation = { address: name(sheet, r, c), functionName: called };
    mock.pending.push(f(...given, invocation).then((rows) => { spill(sheet, r, c, cell, rows); }, (error) => { cell.value = error.code ?? "#VALUE!"; cell.why = error.message; }));
  };
  const spill = (sheet, r, c, cell, rows) => {
    cell.value = plain(rows[0][0]); cell.spans = rows.length * rows[0].length > 1 ? [rows.length, rows[0].length] : null;
    rows.forEach((row, i) => row.forEach((value, j) => { if (i || j) sheets.get(sheet).set(`${r + i},${c + j}`, { formula: plain(value), value: plain(value), home: [r, c] }); }));
  };
  const plain = (value) => (value instanceof FunctionError ? value.code : typeof value === "object" ? value.basicValue : value);
  class Range {
    constructor(sheet, r, c, h = 1, w = 1, missing = false) { Object.assign(this, { sheet, r, c, h, w, isNullObject: missing }); }
    load() { return this; }
    grid(part) { return Array.from({ length: this.h }, (_, i) => Array.from({ length: this.w }, (_, j) => part(cellOf(this.sheet, this.r + i, this.c + j)))); }
    get formulas() { return this.grid((cell) => cell.formula); }
    set formulas(rows) { rows.forEach((row, i) => row.forEach((each, j) => put(this.sheet, this.r + i, this.c + j, each))); }
    get values() { return this.grid((cell) => cell.value); }
    set values(rows) { this.formulas = rows; }
    get text() { return this.grid((cell) => (typeof cell.value === "number" ? cell.value.toLocaleString("en-US", { minimumFractionDigits: 2 }) : String(cell.value))); }
    get address() { return name(this.sheet, this.r, this.c); }
    get rowIndex() { return this.r; }
    get columnIndex() { return this.c; }
    getCell(i, j) { return new Range(this.sheet, this.r + i, this.c + j); }
    getUsedRangeOrNullObject() { return this; }
    getSpillingToRangeOrNullObject() { const spans = cellOf(this.sheet, this.r, this.c).spans; return spans ? new Range(this.sheet, this.r, this.c, ...spans) : new Range(this.sheet, 0, 0, 1, 1, true); }
    getSpillParentOrNullObject() { const home = cellOf(this.sheet, this.r, this.c).home; return home ? new Range(this.sheet, ...home) : new Range(this.sheet, 0, 0, 1, 1, true); }
  }
  const sheetOf = (title) => ({ getUsedRangeOrNullObject: () => { const keys = [...sheets.get(title).keys()].map((key) => key.split(",").map(Number)); return keys.length ? new Range(title, 0, 0, Math.max(...keys.map((k) => k[0])) + 1, Math.max(...keys.map((k) => k[1])) + 1) : new Range(title, 0, 0, 1, 1, true); }, getRange: (text) => new Range(title, ...place(text)) });
  const workbook = { load: () => workbook, use1904DateSystem: false, getActiveCell: () => new Range(...mock.active), getSelectedRange: () => new Range(...mock.active),
    worksheets: { load: () => ({ get items() { return [...sheets.keys()].map(sheetOf); } }), getActiveWorksheet: () => sheetOf(mock.active[0]), getItem: sheetOf } };
  globalThis.Excel = { run: async (work) => { if (mock.busy > 0) { mock.busy--; throw Object.assign(new Error("a cell is being edited"), { code: "InvalidOperationInCellEditMode" }); } return work({ workbook, sync: async () => {} }); } };
  mock.put = (text, content) => put("Sheet1", ...place(text), content);
  mock.select = (text) => { mock.active = ["Sheet1", ...place(text)]; };
  mock.cell = (text) => cellOf("Sheet1", ...place(text));
  mock.settled = async () => { while (mock.pending.length) await Promise.allSettled(mock.pending.splice(0)); };
})();
