// A chart's figures, read from the table under it: the picture cannot say anything else than the table.

export type Unit = "count" | "average" | "percent" | "seconds" | "money" | "text";

export interface Series {
  label: string;
  /** Its colour's class in the style sheet, and that colour. */
  class: string;
  colour: string;
  unit: Unit;
  /** The ISO 4217 code of its currency, where it is money. */
  currency: string;
  secondAxis: boolean;
  before: boolean;
  data: (number | null)[];
  shown: string[];
}

export interface Figures {
  kind: "bar" | "line" | "doughnut";
  title: string;
  labels: string[];
  short: string[];
  /** Whether the labels are words, and not days or hours. */
  words: boolean;
  /** The colours of the points, for a doughnut's parts. */
  colours: string[];
  /** The position of today, or -1. */
  today: number;
  todayWord: string;
  series: Series[];
}

/** The figures of the chart in `figure`. */
export function read(figure: HTMLElement): Figures | null {
  const table = figure.querySelector<HTMLTableElement>("table[data-figures-of]");
  const heads = [...(table?.tHead?.rows[0]?.cells ?? [])].slice(1);
  const rows = [...(table?.tBodies[0]?.rows ?? [])];
  if (!table || rows.length === 0) return null;
  return {
    kind: (table.dataset.kind ?? "bar") as Figures["kind"],
    title: text(table.caption),
    labels: rows.map((row) => text(row.cells[0])),
    short: rows.map((row) => row.cells[0]?.dataset.short ?? ""),
    words: rows.every((row) => row.cells[0]?.dataset.value === undefined),
    colours: rows.map((row) => colourOf(figure, row.className)),
    today: rows.findIndex((row) => row.dataset.today !== undefined),
    todayWord: table.dataset.today ?? "",
    series: heads.map((head, index) => ({
      label: text(head),
      class: seriesClass(head),
      colour: colourOf(figure, seriesClass(head)),
      unit: (head.dataset.unit ?? "count") as Unit,
      currency: head.dataset.currency ?? "XXX",
      secondAxis: head.dataset.secondAxis !== undefined,
      before: head.dataset.before !== undefined,
      data: rows.map((row) => numberOf(row.cells[index + 1])),
      shown: rows.map((row) => text(row.cells[index + 1])),
    })),
  };
}

/** What the style sheet says that `name` looks like, in the theme of now. */
export function colourOf(near: HTMLElement, name: string): string {
  const probe = document.createElement("i");
  probe.className = `probe ${name}`;
  near.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** The same colour, let through. */
export function faint(colour: string, alpha: number): string {
  const parts = colour.match(/[\d.]+/g) ?? [];
  return `rgb(${parts.slice(0, 3).join(" ")} / ${alpha})`;
}

function seriesClass(head: Element): string {
  return [...head.classList].find((name) => name.startsWith("s-")) ?? "";
}

function text(element: Element | null | undefined): string {
  return element?.textContent?.trim() ?? "";
}

function numberOf(cell: HTMLTableCellElement | undefined): number | null {
  const value = cell?.dataset.value;
  return value ? Number(value) : null;
}
