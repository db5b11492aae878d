// What the pane does with the workbook: recalculate, fix figures as values, mend formulas, insert one, read the selection.

const BUSY = new Set(["InvalidOperationInCellEditMode", "RequestAborted", "GeneralException", "Timeout"]);
const TRIES = 4;

/** Runs in Excel; while it is busy (a cell is being edited), tries again a few times. */
export async function inExcel(work, pause = (ms) => new Promise((done) => setTimeout(done, ms))) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await Excel.run(work);
    } catch (error) {
      if (attempt >= TRIES || !BUSY.has(error.code)) throw error;
      await pause(250 * 2 ** attempt);
    }
  }
}

/** How formulas name our functions: with what another add-in or program has put before the name. */
export function patternOf(names) {
  const longest = [...names].sort((a, b) => b.length - a.length).join("|");
  return new RegExp(`((?:'[^']*'!|\\[[^\\]]*\\]!?|_xldudf_\\w*?_|_xlfn\\.|org\\.revenuebacklog\\.functions\\.)*)\\b(${longest})(?=\\s*\\()`, "gi");
}

/** Whether a formula calls one of ours. Texts in quotes do not count. */
export function calls(formula, pattern) {
  if (typeof formula !== "string" || !formula.startsWith("=")) return false;
  return new RegExp(pattern.source, "i").test(formula.replace(/"(?:[^"]|"")*"/g, '""'));
}

/** The formula with our names as they should be; texts stay. */
export function mended(formula, pattern) {
  return formula.replace(/"(?:[^"]|"")*"|[^"]+/g, (part) => (part.startsWith('"') ? part : part.replace(pattern, (_, before, name) => name.toUpperCase())));
}

async function areas(context, scope) {
  if (scope === "selection") return [context.workbook.getSelectedRange().getUsedRangeOrNullObject(true)];
  if (scope === "sheet") return [context.workbook.worksheets.getActiveWorksheet().getUsedRangeOrNullObject(true)];
  const sheets = context.workbook.worksheets.load("items/name");
  await context.sync();
  return sheets.items.map((sheet) => sheet.getUsedRangeOrNullObject(true));
}

/** The cells of a scope that call ours: each a range with its formula. */
async function ours(context, scope, pattern) {
  const found = [];
  const ranges = await areas(context, scope);
  for (const range of ranges) range.load("formulas, values, isNullObject");
  await context.sync();
  for (const range of ranges.filter((each) => !each.isNullObject)) {
    range.formulas.forEach((row, i) =>
      row.forEach((formula, j) => {
        if (calls(formula, pattern)) found.push({ range: range.getCell(i, j), formula, value: range.values[i][j] });
      }),
    );
  }
  return found;
}

/** Has Excel compute our cells anew; how many. */
export function recalculate(scope, pattern) {
  return inExcel(async (context) => {
    const found = await ours(context, scope, pattern);
    for (const { range, formula } of found) range.formulas = [[formula]];
    await context.sync();
    return found.length;
  });
}

/** Replaces our formulas by the values they show; how many. A cell that shows an error keeps its formula. */
export function fix(scope, pattern) {
  return inExcel(async (context) => {
    const found = await ours(context, scope, pattern);
    const spilled = found.map(({ range }) => range.getSpillingToRangeOrNullObject().load("values, isNullObject"));
    await context.sync();
    let count = 0;
    found.forEach(({ range, value }, i) => {
      const whole = !spilled[i].isNullObject;
      const values = whole ? spilled[i].values : [[value]];
      if (values.flat().some((each) => typeof each === "string" && /^#[A-Z/0]+[!?A]?$/.test(each))) return;
      (whole ? spilled[i] : range).values = values;
      count++;
    });
    await context.sync();
    return { fixed: count, left: found.length - count };
  });
}

/** Enters formulas anew that another add-in or program has left with strange names, or that show #NAME?; how many. */
export function repair(scope, pattern) {
  return inExcel(async (context) => {
    const found = await ours(context, scope, pattern);
    const broken = found.filter(({ formula, value }) => value === "#NAME?" || mended(formula, pattern) !== formula);
    for (const { range, formula } of broken) range.formulas = [[mended(formula, pattern)]];
    await context.sync();
    return broken.length;
  });
}

/** Enters a formula into the active cell; its address. */
export function insert(formula) {
  return inExcel(async (context) => {
    const cell = context.workbook.getActiveCell();
    cell.formulas = [[formula]];
    cell.load("address");
    await context.sync();
    return cell.address;
  });
}

/** The active cell: its address, text and formula, and where in a spilled range it stands. */
export function selected() {
  return inExcel(async (context) => {
    const cell = context.workbook.getActiveCell().load("address, formulas, text, rowIndex, columnIndex");
    const parent = cell.getSpillParentOrNullObject().load("address, formulas, rowIndex, columnIndex, isNullObject");
    await context.sync();
    const home = parent.isNullObject ? cell : parent;
    return {
      address: cell.address,
      home: home.address,
      formula: home.formulas[0][0],
      text: cell.text[0][0],
      row: cell.rowIndex - home.rowIndex,
      column: cell.columnIndex - home.columnIndex,
    };
  });
}
