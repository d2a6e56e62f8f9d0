// How lines are told apart without their colour: by dashes and by the shape of their points. The chart, its legend and
// its picture all take them from here, so that they cannot differ.
import type { Figures } from "./figures";

const DASHES = [[], [7, 3], [2, 3], [10, 4], [14, 3, 3, 3], [2, 5], [5, 5]];
/** The dashes of every line of the period before. */
export const BEFORE = [3, 3];
const POINTS = ["circle", "rect", "triangle", "rectRot", "crossRot", "cross", "star"] as const;
/** The shapes of the points around 0, 0, as the paths of SVG. */
const PATHS: Record<(typeof POINTS)[number], string> = {
  circle: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
  rect: "M-2.7-2.7h5.4v5.4h-5.4z",
  triangle: "M0-3.4L3.2 2.2H-3.2z",
  rectRot: "M0-3.8L3.8 0L0 3.8L-3.8 0z",
  star: "M-3.5 0H3.5M0-3.5V3.5M-2.5-2.5L2.5 2.5M2.5-2.5L-2.5 2.5",
  crossRot: "M-2.8-2.8L2.8 2.8M2.8-2.8L-2.8 2.8",
  cross: "M-3.6 0H3.6M0-3.6V3.6",
};
/** How long a line of a legend is. */
const LENGTH = 36;

/** The dashes of the line at `index`. */
export function dashes(index: number): number[] {
  return DASHES[index % DASHES.length] ?? [];
}

/** The shape of its points, as Chart.js calls it. */
export function shape(index: number): (typeof POINTS)[number] {
  return POINTS[index % POINTS.length] ?? "circle";
}

/** The series of now that the one at `index` is compared with: a line of the period before has its points. */
export function twin(figures: Figures, index: number): number {
  const one = figures.series[index];
  if (!one?.before) return index;
  const now = figures.series.findIndex((series) => !series.before && series.class === one.class);
  return now < 0 ? index : now;
}

/** Whether the point at `at` of the line at `index` is marked: all where there is room, else a few, each line's elsewhere. */
export function marked(index: number, at: number, points: number): boolean {
  const apart = Math.ceil(points / 14) * 2;
  return points <= 14 || at % apart === (index * 2) % apart;
}

type Sample = { kind: "area" } | { kind: "line" | "point"; shape: string; dashes: number[]; length: number };

function sample(figures: Figures, index: number): Sample {
  if (figures.kind === "doughnut") return { kind: "area" };
  if (figures.series[index]?.secondAxis) return { kind: "point", shape: PATHS.rectRot, dashes: [], length: 11 };
  const before = figures.series[index]?.before ?? false;
  if (figures.kind === "bar" && (figures.words || !before)) return { kind: "area" };
  if (before) return { kind: "line", shape: PATHS[shape(twin(figures, index))], dashes: BEFORE, length: LENGTH };
  return { kind: "line", shape: PATHS[shape(index)], dashes: dashes(index), length: LENGTH };
}

/** Draws into `swatch` of a legend what the series at `index` looks like; areas are coloured by the style sheet. */
export function drawSwatch(swatch: Element, figures: Figures, index: number): void {
  const one = sample(figures, index);
  if (one.kind === "area") return;
  const make = (name: string, attributes: Record<string, string>) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const box = `${-one.length / 2} -5.5 ${one.length} 11`;
  const svg = make("svg", { viewBox: box, width: String(one.length), height: "11", "aria-hidden": "true" });
  if (one.kind === "line") {
    const line = { d: `M${-one.length / 2} 0h${one.length}`, "stroke-dasharray": one.dashes.join(" ") };
    svg.append(make("path", { ...line, class: "swatch-line" }));
  }
  svg.append(make("path", { d: one.shape, class: "swatch-point" }));
  swatch.classList.add("is-drawn");
  swatch.replaceChildren(svg);
}

/** How wide the swatch of the series at `index` is in a picture. */
export function swatchWidth(figures: Figures, index: number): number {
  const one = sample(figures, index);
  return one.kind === "area" ? 10 : one.length;
}

/** Paints at `x`, `y` of a picture what the series at `index` looks like, and says how wide that is. */
export function paintSwatch(pen: CanvasRenderingContext2D, figures: Figures, index: number, colour: string, x: number, y: number): number {
  const one = sample(figures, index);
  const width = swatchWidth(figures, index);
  pen.save();
  pen.fillStyle = pen.strokeStyle = colour;
  pen.translate(x + width / 2, y);
  if (one.kind === "area") pen.fillRect(-5, -5, 10, 10);
  else {
    pen.lineWidth = 2;
    pen.setLineDash(one.dashes);
    if (one.kind === "line") pen.stroke(new Path2D(`M${-width / 2} 0h${width}`));
    pen.setLineDash([]);
    pen.fill(new Path2D(one.shape));
    pen.stroke(new Path2D(one.shape));
  }
  pen.restore();
  return width;
}
