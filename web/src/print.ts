// Paper: every chart is drawn, in the light theme, wherever the page is scrolled to.

type Charts = typeof import("./charts");

/** Draws all charts before the page is printed. A listener of `beforeprint` cannot wait, so they are fetched ahead. */
export function setUpPrinting(fetch: () => Promise<Charts>): void {
  let charts: Charts | undefined;
  const root = document.documentElement;
  const chosen = root.dataset.theme;
  if (document.querySelector("figure[data-chart] canvas")) {
    addEventListener("load", () => void fetch().then((module) => (charts = module)));
  }
  addEventListener("beforeprint", () => {
    root.dataset.theme = "light";
    charts?.print();
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = chosen;
    charts?.printed();
  });
}
