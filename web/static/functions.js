// The functions as Excel calls them: arguments in, rows of cells out, errors with their reason.

const DAY_MS = 86_400_000;
const SHEET_ROWS = 1_048_576, SHEET_COLUMNS = 16_384;
const EPOCH = { false: Date.UTC(1899, 11, 30), true: Date.UTC(1904, 0, 1) };

/** What each cell last asked, for the explanation of a selected cell: calls by address. */
export const asked = new Map();

/** Tells Excel which JavaScript function stands behind each name. */
export function associate(names, client, runtime) {
  for (const name of names) runtime.associate(name, made(name, client, runtime));
}

function made(name, client, runtime) {
  return async (...given) => {
    const invocation = given.pop();
    const args = given.map(argument);
    const address = invocation?.address;
    if (invocation?.isInValuePreview) {
      const known = client.recall(name, args); // while a formula is being typed nothing is asked
      if (known === undefined || "error" in known) throw error(runtime, "#N/A", "the value appears when the formula is entered");
      return rows(known, client, runtime);
    }
    if (address) asked.set(address, [...(asked.get(address) ?? []).filter((each) => each.name !== name), { name, args }]);
    try {
      return rows(await client.call(name, args), client, runtime);
    } catch (problem) {
      throw error(runtime, problem.excel, problem.message);
    }
  };
}

/** A range as rows of cells, one cell as its value, nothing as null. */
export function argument(given) {
  if (!Array.isArray(given)) return cell(given);
  const cells = filled(given).map((row) => (Array.isArray(row) ? row.map(cell) : [cell(row)]));
  return cells.length === 1 && cells[0].length === 1 ? cells[0][0] : cells;
}

/** A whole column (or row) of the sheet as far as it is filled; another range as it is. */
function filled(rows) {
  const blank = (each) => each === undefined || each === null || each === "";
  let [height, width] = [rows.length, rows[0]?.length ?? 0];
  if (height < SHEET_ROWS && width < SHEET_COLUMNS) return rows;
  if (height >= SHEET_ROWS) while (height > 1 && rows[height - 1].every(blank)) height--;
  const kept = rows.slice(0, height);
  if (width >= SHEET_COLUMNS) while (width > 1 && kept.every((row) => blank(row[width - 1]))) width--;
  return kept.map((row) => row.slice(0, width));
}

function cell(value) {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "object") return value;
  return value.basicValue ?? value.code ?? String(value); // a formatted number, an entity, an error
}

function rows(answer, client, runtime) {
  const cells = answer.rows ?? [[answer.value]];
  return cells.map((row) => row.map((each) => shown(each, client.date1904, runtime)));
}

function shown(value, date1904, runtime) {
  if (value === null) return "";
  if (typeof value !== "object") return value;
  if ("error" in value) return error(runtime, value.excel, value.error);
  const serial = (Date.parse(value.date.includes("T") ? `${value.date}Z` : value.date) - EPOCH[date1904]) / DAY_MS;
  return { type: "FormattedNumber", basicValue: serial, numberFormat: value.date.includes("T") ? "yyyy-mm-dd hh:mm" : "yyyy-mm-dd" };
}

function error(runtime, excel, message) {
  const code = excel === "#VALUE!" ? runtime.ErrorCode.invalidValue : runtime.ErrorCode.notAvailable;
  return new runtime.Error(code, message); // Excel shows a message of ours with these two only
}
