// Charts, drawn by Chart.js from the tables of the page.
import {
  ArcElement,
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  type ChartDataset,
  type ChartOptions,
  DoughnutController,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  type Plugin,
  PointElement,
  type ScaleOptionsByType,
  Tooltip,
} from "chart.js";

import { colourOf, faint, type Figures, read, type Series, type Unit } from "./figures";
import { BEFORE, dashes, drawSwatch, marked, shape, twin } from "./lines";
import { fontFamily, savePicture as picture } from "./picture";
import { tip } from "./tip";

Chart.register(
  ArcElement,
  BarController,
  BarElement,
  CategoryScale,
  DoughnutController,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
);

type Drawn = Chart<"bar" | "line" | "doughnut", (number | null)[], string>;
type Scale = Partial<ScaleOptionsByType<"linear">>;

const drawn = new Map<HTMLElement, Drawn>();
let printing = false;
let replacing = false;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
// What the colours depend on, besides the theme that was chosen: choosing one loads the page anew.
const colours = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((query) => matchMedia(query));
const language = document.documentElement.lang || "en";

/** The width of a sheet between its margins, about, in pixels: of A4 and of Letter. */
const PAPER = 660;
/** How wide a letter of an axis is, about, in pixels. */
const LETTER = 6.6;

/** Draws the chart of `figure`, anew where it is drawn already. */
export function draw(figure: HTMLElement): void {
  forget(figure);
  const canvas = figure.querySelector("canvas");
  const figures = read(figure);
  if (!canvas || !figures) return;
  const config = figures.kind === "doughnut" ? doughnut(figure, figures) : cartesian(figure, figures);
  drawn.set(figure, new Chart(canvas, config) as unknown as Drawn);
  figure.classList.add("is-drawn");
  for (const [index, button] of legendOf(figure).entries()) {
    const swatch = button.querySelector(".swatch");
    if (swatch) drawSwatch(swatch, figures, index);
    if (button.getAttribute("aria-pressed") === "false") show(figure, index, false);
  }
}

/** Draws the chart of `figure`, which takes the place of one that was drawn: the figures changed, and nothing else moves. */
export function takePlace(figure: HTMLElement): void {
  replacing = true;
  draw(figure);
  replacing = false;
}

/** Lets go of the chart of `figure`, which leaves the page. */
export function forget(figure: HTMLElement): void {
  drawn.get(figure)?.destroy();
  drawn.delete(figure);
}

/** Shows or hides the series that `button` of the legend stands for. */
export function toggle(figure: HTMLElement, button: HTMLButtonElement, index: number): void {
  const visible = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(visible));
  show(figure, index, visible);
}

/** Saves the chart with its title and legend as a PNG. */
export function savePicture(figure: HTMLElement, name: string): void {
  const chart = drawn.get(figure);
  const figures = read(figure);
  if (!chart || !figures) return;
  picture(figure, figures, chart as unknown as Chart, name);
}

function show(figure: HTMLElement, index: number, visible: boolean): void {
  const chart = drawn.get(figure);
  if (!chart) return;
  if (figure.classList.contains("chart-doughnut")) {
    if (chart.getDataVisibility(index) !== visible) chart.toggleDataVisibility(index);
  } else {
    chart.setDatasetVisibility(index, visible);
  }
  chart.update();
}

function legendOf(figure: HTMLElement): HTMLButtonElement[] {
  return [...figure.querySelectorAll<HTMLButtonElement>("button[data-legend]")];
}

function common(figure: HTMLElement, figures: Figures): ChartOptions {
  const muted = colourOf(figure, "probe-muted");
  return {
    responsive: true,
    maintainAspectRatio: false,
    locale: language,
    animation: calm.matches || printing || replacing ? false : { duration: 150 },
    transitions: { resize: { animation: { duration: 0 } } },
    color: muted,
    font: { family: fontFamily(), size: 12 },
    plugins: {
      tooltip: { enabled: false, external: ({ chart, tooltip }) => tip(figure, figures, chart, tooltip) },
    },
  };
}

function cartesian(figure: HTMLElement, figures: Figures): ChartConfiguration {
  const sideways = figures.kind === "bar" && figures.words && tooLong(figures.short, figure.clientWidth);
  const options = common(figure, figures) as ChartOptions<"bar">;
  const [labels, values] = sideways ? (["y", "x"] as const) : (["x", "y"] as const);
  const second = figures.series.find((series) => series.secondAxis);
  options.indexAxis = labels;
  options.interaction = { mode: "index", intersect: false, axis: labels };
  options.scales = {
    [labels]: { grid: { display: false }, border: { color: colourOf(figure, "probe-line") }, ticks: labelTicks(figure, figures.words, sideways) },
    [values]: valueScale(figure, figures.series.find((series) => !series.secondAxis)),
    ...(second && { second: { ...valueScale(figure, second), axis: values, position: sideways ? "top" : "right", grid: { display: false } } }),
  } as NonNullable<typeof options.scales>;
  const datasets = figures.series.map((series, index) => dataset(figures, series, index, values));
  const config = { type: figures.kind, data: { labels: figures.short, datasets }, options, plugins: [today(figure, figures)] };
  return config as unknown as ChartConfiguration;
}

function dataset(figures: Figures, series: Series, index: number, values: "x" | "y"): ChartDataset<"bar" | "line"> {
  const axis = { [`${values}AxisID`]: series.secondAxis ? "second" : values };
  const base = { label: series.label, data: series.data, borderColor: series.colour, ...axis };
  const many = figures.labels.length > 14;
  if (figures.kind === "bar" && !series.secondAxis && series.before && !figures.words) {
    return { ...base, type: "line", borderColor: faint(series.colour, 0.55), backgroundColor: series.colour, borderWidth: 1.5, borderDash: BEFORE, pointRadius: 0, pointHoverRadius: 4, pointHitRadius: 12 } as never;
  }
  if (figures.kind === "bar" && !series.secondAxis) {
    const fill = series.before ? faint(series.colour, 0.35) : series.colour;
    return { ...base, type: "bar", backgroundColor: fill, borderColor: fill, borderRadius: many ? 1 : 4, maxBarThickness: 40, categoryPercentage: many ? 0.88 : 0.72, barPercentage: many ? 1 : 0.9, pointStyle: "rectRounded" } as never;
  }
  if (figures.kind === "bar") {
    // Measured in something else: points beside the bars, on an axis of their own.
    return { ...base, type: "line", showLine: false, pointStyle: "rectRot", pointRadius: 6, pointHoverRadius: 8, backgroundColor: series.colour, order: -1 } as never;
  }
  const alone = !series.before && figures.series.filter((one) => !one.before).length === 1;
  const points = figures.labels.length;
  return {
    ...base,
    type: "line",
    borderColor: series.before ? faint(series.colour, 0.45) : series.colour,
    backgroundColor: alone ? faint(series.colour, 0.1) : series.colour,
    fill: alone ? "origin" : false,
    borderWidth: series.before ? 1.5 : 2,
    borderDash: series.before ? BEFORE : dashes(index),
    borderJoinStyle: "round",
    pointStyle: shape(twin(figures, index)),
    order: series.before ? 1 : 0,
    pointRadius: ({ dataIndex }: { dataIndex: number }) => (marked(index, dataIndex, points) ? (series.before ? 2 : 3) : 0),
    pointHoverRadius: 5,
    pointBackgroundColor: series.colour,
    pointHitRadius: 12,
  } as never;
}

function valueScale(figure: HTMLElement, series: Series | undefined): Scale {
  const unit = series?.unit ?? "count";
  const write = writer(unit, series?.currency ?? "XXX");
  return {
    beginAtZero: true,
    ...(unit === "percent" && { max: 100 }),
    border: { display: false },
    grid: { color: colourOf(figure, "probe-line"), drawTicks: false },
    ticks: {
      color: colourOf(figure, "probe-muted"),
      maxTicksLimit: 6,
      padding: 8,
      ...(unit === "count" && { precision: 0 }),
      callback: (value: string | number) => write(Number(value)),
    },
  } as unknown as Scale;
}

function labelTicks(figure: HTMLElement, words: boolean, sideways: boolean): object {
  const ticks = { color: colourOf(figure, "probe-muted"), maxRotation: 0, autoSkip: !words, autoSkipPadding: 14 };
  if (!sideways) return ticks;
  const room = Math.max(12, Math.floor((figure.clientWidth * 0.38) / LETTER));
  return {
    ...ticks,
    callback(this: { getLabelForValue(value: number): string }, value: number) {
      const label = this.getLabelForValue(value);
      return label.length > room ? `${label.slice(0, room - 1)}…` : label;
    },
  };
}

function doughnut(figure: HTMLElement, figures: Figures): ChartConfiguration {
  const options = common(figure, figures) as ChartOptions<"doughnut">;
  const ground = colourOf(figure, "probe-surface");
  options.cutout = "64%";
  const parts = {
    data: figures.series[0]?.data ?? [],
    backgroundColor: figures.colours,
    borderColor: ground,
    hoverBorderColor: ground,
    borderWidth: 3,
    hoverOffset: 4,
  };
  return { type: "doughnut", data: { labels: figures.labels, datasets: [parts] }, options } as unknown as ChartConfiguration;
}

/** Whether the labels would run into each other below upright bars. */
function tooLong(labels: string[], width: number): boolean {
  const room = (width - 70) / labels.length;
  return labels.some((label) => (label.length + 2) * LETTER > room);
}

function writer(unit: Unit, currency: string): (value: number) => string {
  const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
  const money = new Intl.NumberFormat(language, { style: "currency", currency, trailingZeroDisplay: "stripIfInteger" } as Intl.NumberFormatOptions);
  if (unit === "percent") return (value) => `${plain.format(value)} %`;
  if (unit === "seconds") return (value) => `${plain.format(value)} s`;
  if (unit === "money") return (value) => money.format(value);
  return (value) => plain.format(value);
}

/** Marks today: a day that is not over. */
function today(figure: HTMLElement, figures: Figures): Plugin {
  const [ink, ground] = [colourOf(figure, "probe-muted"), faint(colourOf(figure, "probe-accent"), 0.08)];
  return {
    id: "today",
    beforeDatasetsDraw({ ctx: pen, chartArea: area, scales }) {
      const scale = scales.x;
      if (figures.today < 0 || !scale) return;
      const x = scale.getPixelForValue(figures.today);
      const half = figures.labels.length > 1 ? Math.abs(scale.getPixelForValue(1) - scale.getPixelForValue(0)) / 2 : 20;
      const [left, right] = [Math.max(area.left, x - half), Math.min(area.right, x + half)];
      pen.save();
      pen.fillStyle = ground;
      pen.fillRect(left, area.top, right - left, area.height);
      pen.fillStyle = ink;
      pen.font = `11px ${fontFamily()}`;
      pen.textAlign = "right";
      pen.fillText(figures.todayWord, right - 3, area.top + 10);
      pen.restore();
    },
  };
}

/** Draws every chart of the page for paper, at once: nothing waits for what is not in view, or fades in. */
export function print(): void {
  printing = true;
  for (const figure of document.querySelectorAll<HTMLElement>("figure[data-chart]:has(canvas)")) {
    draw(figure);
    const chart = drawn.get(figure);
    if (chart && chart.width > PAPER) chart.resize(PAPER, chart.height);
  }
}

/** Draws them for the screen again. */
export function printed(): void {
  printing = false;
  redraw();
}

function redraw(): void {
  for (const figure of [...drawn.keys()]) draw(figure);
}

for (const query of colours) query.addEventListener("change", redraw);
