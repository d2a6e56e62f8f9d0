// What the page does beyond HTML: one widget at a time through htmx, charts from their tables, files, the side bar.
// Without this script everything still works by links and forms.
import "./app.css";
import htmx from "htmx.org";

import { setUpBack } from "./back";
import { setUpBell } from "./bell";
import { setUpBulk } from "./bulk";
import { setUpCodes } from "./codes";
import { setUpDrafts } from "./drafts";
import { setUpExports } from "./exports";
import { setUpFinder } from "./finder";
import { setUpFirst } from "./first";
import { setUpForms } from "./forms";
import { setUpLists } from "./lists";
import { setUpLive } from "./live";
import { setUpPrinting } from "./print";
import { fetchFragment } from "./refresh";
import { setUpRequests } from "./requests";
import { setUpTimes } from "./times";
import { setUpWall } from "./wall";

const charts = () => import("./charts");

setUpDrafts();
setUpBack();
setUpRequests(htmx);
setUpPrinting(charts);
setUpTimes();
setUpLists();
setUpBulk(htmx);
setUpExports();
setUpForms();
setUpCodes();
setUpLive(htmx, setUpBell(htmx));
setUpFinder(htmx);
setUpFirst();

// Charts are drawn when they come near the view, after the first paint.
const nearView = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      nearView.unobserve(entry.target);
      const figure = entry.target as HTMLElement;
      if (!figure.classList.contains("is-drawn")) void charts().then((module) => module.draw(figure));
    }
  },
  { rootMargin: "300px" },
);

function watchCharts(within: ParentNode): void {
  for (const figure of within.querySelectorAll<HTMLElement>("figure[data-chart]:has(canvas)")) nearView.observe(figure);
}

document.addEventListener("htmx:afterSwap", () => watchCharts(document));
document.addEventListener("htmx:beforeCleanupElement", (event) => {
  const figure = event.target;
  if (figure instanceof HTMLElement && figure.matches("figure[data-chart]")) {
    void charts().then((module) => module.forget(figure));
  }
});
watchCharts(document);

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field instanceof HTMLSelectElement && field.closest("[data-submit-on-change]")) field.form?.requestSubmit();
});

// What a form keeps of the page is what the address says now: a widget's filter changes it without a new page.
document.addEventListener("formdata", (event) => {
  const { formData, target: form } = event;
  if (!(form instanceof HTMLFormElement) || location.pathname !== "/admin") return;
  if (formData.has("return_to")) {
    const place = String(formData.get("return_to")).split("#")[1];
    formData.set("return_to", `/admin${location.search}${place ? `#${place}` : ""}`);
  }
  if (!form.matches(".switcher, .narrow")) return;
  // A branch is one company's: it does not go along to another.
  const own = form.matches(".switcher") ? ["company"] : ["period", "branch"];
  const chosen = own.map((name) => [name, formData.get(name)] as const);
  for (const name of [...formData.keys()]) formData.delete(name);
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (![...own, "branch"].includes(name)) formData.append(name, value);
  }
  for (const [name, value] of chosen) if (value) formData.append(name, value);
});

// How fresh a card is, when somebody opens that: at this moment, and not when the card was drawn.
document.addEventListener(
  "toggle",
  ({ target: details }) => {
    if (!(details instanceof HTMLDetailsElement) || !details.open) return;
    const place = details.querySelector<HTMLElement>("[data-fresh]");
    if (!place?.dataset.fresh) return;
    // What cannot be fetched leaves the link to it.
    fetchFragment(place.dataset.fresh)
      .then((html) => htmx.swap(place, html, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 }))
      .catch(() => {});
  },
  true,
);

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (button) press(button);
});

function press(button: HTMLButtonElement): void {
  const { figures, picture, legend, fold } = button.dataset;
  if (figures !== undefined) toggleFigures(button);
  else if (picture) withChart(button, (module, figure) => module.savePicture(figure, picture));
  else if (legend) withChart(button, (module, figure) => module.toggle(figure, button, Number(legend)));
  else if (fold !== undefined) toggleFold(button);
}

function withChart(from: Element, act: (module: Awaited<ReturnType<typeof charts>>, figure: HTMLElement) => void): void {
  const figure = from.closest(".card")?.querySelector<HTMLElement>("figure[data-chart]");
  if (figure) void charts().then((module) => act(module, figure));
}

function toggleFigures(button: HTMLButtonElement): void {
  const figures = document.getElementById(button.getAttribute("aria-controls") ?? "");
  const open = figures?.classList.toggle("is-open") ?? false;
  button.setAttribute("aria-expanded", String(open));
}

function toggleFold(button: HTMLButtonElement): void {
  const folded = document.documentElement.classList.toggle("folded");
  button.setAttribute("aria-pressed", String(folded));
  try {
    localStorage.setItem("rollcall.folded", folded ? "yes" : "no");
  } catch {
    // No storage, nothing to remember.
  }
}

const fold = document.querySelector("[data-fold]");
fold?.setAttribute("aria-pressed", String(document.documentElement.classList.contains("folded")));

// On phones the navigation is a sheet: a link to a place on this page closes it.
document.getElementById("nav")?.addEventListener("click", (event) => {
  const nav = event.currentTarget as HTMLElement;
  if (event.target instanceof Element && event.target.closest("a") && nav.matches(":popover-open")) nav.hidePopover();
});
setUpWall();
