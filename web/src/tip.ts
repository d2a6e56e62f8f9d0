// What stands beside the pointer: all series of a point, in the page's own type and colours.
import type { Chart, ChartTypeRegistry, TooltipModel } from "chart.js";

import type { Figures } from "./figures";

/** Shows, moves or hides the tooltip of `figure`. */
export function tip(figure: HTMLElement, figures: Figures, chart: Chart, model: TooltipModel<keyof ChartTypeRegistry>): void {
  const area = figure.querySelector<HTMLElement>(".chart-area");
  if (!area) return;
  let box = area.querySelector<HTMLElement>(".tip");
  if (!box) {
    box = document.createElement("div");
    box.className = "tip";
    box.setAttribute("aria-hidden", "true");
    area.append(box);
  }
  box.classList.toggle("is-shown", model.opacity > 0);
  const index = model.dataPoints?.[0]?.dataIndex;
  if (model.opacity === 0 || index === undefined) return;
  box.replaceChildren(line("strong", figures.labels[index] ?? ""), ...lines(figures, chart, index));
  // On the side of the point where there is more room.
  const right = model.caretX > chart.width / 2;
  const left = right ? model.caretX - box.offsetWidth - 12 : model.caretX + 12;
  const top = Math.min(Math.max(0, model.caretY - box.offsetHeight / 2), chart.height - box.offsetHeight);
  box.style.transform = `translate(${Math.round(Math.max(0, left))}px, ${Math.round(top)}px)`;
}

function lines(figures: Figures, chart: Chart, index: number): HTMLElement[] {
  if (figures.kind === "doughnut") return [line("span", figures.series[0]?.shown[index] ?? "")];
  return figures.series.flatMap((series, at) => {
    if (!chart.isDatasetVisible(at)) return [];
    const text = line("span", series.label);
    const swatch = document.createElement("i");
    swatch.className = series.class;
    text.prepend(swatch);
    text.append(line("b", series.shown[index] ?? ""));
    return [text];
  });
}

function line(tag: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
