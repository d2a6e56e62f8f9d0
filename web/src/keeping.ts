// What a person did to a part of the page, kept over its replacement: what is open, hidden, scrolled to, and where the focus is.

const SCROLLED = ".table-scroll, .figures";
const FOCUSABLE = "a, button, select, summary, [tabindex]";

/** Remembers how `part` is, and answers how to make its replacement the same. */
export function keep(part: HTMLElement): (fresh: HTMLElement) => void {
  const isOpen = part.querySelector<HTMLDetailsElement>("details.fresh")?.open ?? false;
  const facts = [...(part.querySelector("[data-fresh]")?.childNodes ?? [])];
  const showsFigures = part.querySelector(".figures.is-open") !== null;
  const hidden = [...part.querySelectorAll("button[data-legend][aria-pressed=false]")].map(words);
  const scrolled = [...part.querySelectorAll(SCROLLED)].map(({ scrollLeft, scrollTop }) => ({ left: scrollLeft, top: scrollTop }));
  const isDrawn = part.querySelector("figure.is-drawn") !== null;
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  return (fresh) => {
    if (isOpen) fresh.querySelector("[data-fresh]")?.replaceChildren(...facts);
    fresh.querySelector("details.fresh")?.toggleAttribute("open", isOpen);
    if (showsFigures) {
      fresh.querySelector(".figures")?.classList.add("is-open");
      fresh.querySelector("[data-figures]")?.setAttribute("aria-expanded", "true");
    }
    for (const button of fresh.querySelectorAll("button[data-legend]")) {
      if (hidden.includes(words(button))) button.setAttribute("aria-pressed", "false");
    }
    for (const [index, place] of [...fresh.querySelectorAll(SCROLLED)].entries()) place.scrollTo(scrolled[index] ?? {});
    const figure = fresh.querySelector<HTMLElement>("figure[data-chart]:has(canvas)");
    if (isDrawn && figure) void import("./charts").then((charts) => charts.takePlace(figure));
    if (focused) refocus(fresh, focused);
  };
}

/** To the same thing where it is still there (htmx found it by its id, if it has one), else to the heading: never to another row's button. */
function refocus(fresh: HTMLElement, focused: Element): void {
  if (fresh.contains(document.activeElement)) return;
  const alike = [...fresh.querySelectorAll<HTMLElement>(FOCUSABLE)].find(
    (it) => it.tagName === focused.tagName && it.className === focused.className && words(it) === words(focused),
  );
  const same = focused.id ? undefined : alike;
  (same ?? fresh.querySelector<HTMLElement>("h2[tabindex]"))?.focus({ preventScroll: true });
}

function words(element: Element): string {
  return element.getAttribute("aria-label") ?? element.getAttribute("href") ?? element.firstChild?.textContent ?? "";
}
