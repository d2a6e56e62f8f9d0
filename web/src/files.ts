// CSV of a table on the page: UTF-8, quoted as RFC 4180 says, and no cell that a spreadsheet would run.

/** Saves the figures of `table` as `<name>_<date>_<time>.csv`. */
export function saveCsv(name: string, table: HTMLTableElement | null): void {
  if (!table) return;
  const lines = [...table.rows].map((row) =>
    [...row.cells]
      .filter((cell) => !isAction(cell))
      .map(csvCell)
      .join(","),
  );
  save(new Blob([lines.map((line) => `${line}\r\n`).join("")], { type: "text/csv;charset=utf-8" }), fileName(name, "csv"));
}

/** Saves `content` under `name`. */
export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** `policy_trend_2026-11-22_120000.csv`. */
export function fileName(name: string, extension: string): string {
  const now = new Date();
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `${name}_${day}_${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}.${extension}`;
}

function isAction(cell: HTMLTableCellElement): boolean {
  return cell.classList.contains("row-action") || cell.querySelector(":scope > .sr-only:only-child") !== null;
}

/** What the page shows where there is no value: a file has nothing there. */
const MISSING = "–";

function csvCell(cell: HTMLTableCellElement): string {
  const shown = cell.textContent?.trim() ?? "";
  const value = cell.dataset.value || (shown === MISSING ? "" : shown);
  const isNumber = /^-?\d+(\.\d+)?$/.test(value);
  const safe = !isNumber && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
