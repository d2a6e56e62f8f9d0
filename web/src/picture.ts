// A chart as a picture: title, legend and drawing, as they stand on the page.
import type { Chart } from "chart.js";

import { colourOf, type Figures } from "./figures";
import { fileName, save } from "./files";
import { paintSwatch, swatchWidth } from "./lines";

const MARGIN = 16;
const LINE = 20;

interface Entry {
  index: number;
  label: string;
  colour: string;
}

/** Saves `chart` with its title and legend as a PNG. */
export function savePicture(figure: HTMLElement, figures: Figures, chart: Chart, name: string): void {
  const scale = chart.currentDevicePixelRatio;
  const picture = document.createElement("canvas");
  const pen = picture.getContext("2d");
  if (!pen) return;
  const [title, text] = [`600 15px ${fontFamily()}`, `12px ${fontFamily()}`];
  const wide = chart.width;
  const headings = wrap(pen, title, figures.title.split(" "), wide, (word) => pen.measureText(`${word} `).width);
  const rows = wrap(pen, text, entries(figures, chart), wide, (entry) => widthOf(pen, figures, entry));
  const head = MARGIN + (headings.length + rows.length) * LINE + 8;
  // Setting its size forgets all that a canvas knew.
  picture.width = (chart.width + 2 * MARGIN) * scale;
  picture.height = (chart.height + head + MARGIN) * scale;
  pen.fillStyle = colourOf(figure, "probe-surface");
  pen.fillRect(0, 0, picture.width, picture.height);
  pen.drawImage(chart.canvas, MARGIN * scale, head * scale);
  pen.scale(scale, scale);
  const ink = colourOf(figure, "probe-ink");
  pen.textBaseline = "middle";
  pen.fillStyle = ink;
  pen.font = title;
  for (const [row, words] of headings.entries()) pen.fillText(words.join(" "), MARGIN, MARGIN + row * LINE + LINE / 2);
  pen.font = text;
  for (const [row, line] of rows.entries()) {
    let x = MARGIN;
    const y = MARGIN + (headings.length + row) * LINE + LINE / 2 + 4;
    for (const entry of line) {
      const width = paintSwatch(pen, figures, entry.index, entry.colour, x, y);
      pen.fillStyle = ink;
      pen.fillText(entry.label, x + width + 5, y);
      x += widthOf(pen, figures, entry);
    }
  }
  picture.toBlob((content) => content && save(content, fileName(name, "png")), "image/png");
}

/** What the legend names: the series or parts that are shown, and what a ring's parts count. */
function entries(figures: Figures, chart: Chart): Entry[] {
  if (figures.kind === "doughnut") {
    const parts = figures.labels.map((label, index) => {
      const figure = figures.series[0]?.shown[index] ?? "";
      return { index, label: `${label} ${figure}`, colour: figures.colours[index] ?? "" };
    });
    return parts.filter(({ index }) => chart.getDataVisibility(index));
  }
  const series = figures.series.map(({ label, colour }, index) => ({ index, label, colour }));
  return series.filter(({ index }) => chart.isDatasetVisible(index));
}

function widthOf(pen: CanvasRenderingContext2D, figures: Figures, entry: Entry): number {
  return swatchWidth(figures, entry.index) + 5 + pen.measureText(entry.label).width + 16;
}

function wrap<T>(pen: CanvasRenderingContext2D, font: string, parts: T[], wide: number, width: (part: T) => number): T[][] {
  pen.font = font;
  const rows: T[][] = [];
  let x = Infinity;
  for (const part of parts) {
    const next = width(part);
    if (x + next > wide) {
      rows.push([]);
      x = 0;
    }
    rows.at(-1)?.push(part);
    x += next;
  }
  return rows;
}

/** The type of the page. */
export function fontFamily(): string {
  return getComputedStyle(document.body).fontFamily;
}
