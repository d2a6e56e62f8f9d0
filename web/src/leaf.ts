// What is larger than the wall is shown page by page: as many rows of cards as fit, and never a part of one.

/** How long a page stays, in seconds; `&every=` in the address says otherwise, within these. */
const USUAL = 20;
const SHORTEST = 5;
const LONGEST = 3600;
/** What is smaller is no wall, and scrolls. */
const WALL = "(min-width: 1024px) and (min-height: 600px)";
/** A card that is higher than the screen is shown smaller, down to this. */
const SMALLEST = 0.4;
/** Below the last card. */
const MARGIN = 16;
/** Somebody who moves the pointer reads; one who left it lying there does not. */
const READING = 30_000;

/** Turns the pages of the wall by themselves, by the arrow keys and by the buttons. */
export function setUpPages(): void {
  const grid = document.querySelector<HTMLElement>(".wall .grid");
  const turn = document.getElementById("wall-turn");
  const hold = turn?.querySelector<HTMLButtonElement>("[data-hold]");
  if (!grid || !turn || !hold) return;
  const wall = matchMedia(WALL);
  let pages: string[][] = [];
  let page = 0;
  let held = false;
  let moved = -READING;
  let turned = performance.now();

  const show = () => {
    page = Math.max(0, Math.min(page, pages.length - 1));
    const shown = new Set(pages[page]);
    for (const card of cards(grid)) card.hidden = pages.length > 1 && !shown.has(card.id);
    document.body.classList.toggle("is-later", page > 0);
    turn.hidden = pages.length < 2;
    const words = turn.querySelector<HTMLElement>("[data-page]");
    const text = (words?.dataset.words ?? "").replace("%{n}", String(page + 1)).replace("%{all}", String(pages.length));
    if (words && words.textContent !== text) words.textContent = text;
  };
  const lay = () => {
    const first = pages[page]?.[0];
    pages = wall.matches ? divide(grid) : [];
    if (!wall.matches) whole(grid);
    // A card that grew does not take the page away that somebody looks at.
    page = Math.max(0, pages.findIndex((ids) => first !== undefined && ids.includes(first)));
    show();
  };
  const go = (by: number) => {
    if (pages.length < 2) return;
    page = (page + by + pages.length) % pages.length;
    turned = performance.now();
    show();
  };
  const setHeld = (is: boolean) => {
    held = is;
    turned = performance.now();
    hold.setAttribute("aria-pressed", String(is));
    hold.querySelector("[data-goes]")?.toggleAttribute("hidden", is);
    hold.querySelector("[data-stands]")?.toggleAttribute("hidden", !is);
  };

  turn.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    if (button === hold) setHeld(!held);
    else if (button?.dataset.turn) go(Number(button.dataset.turn));
  });
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.altKey || event.ctrlKey || event.metaKey || pages.length < 2) return;
    if (target instanceof Element && target.closest("input, select, textarea")) return;
    if (key === "ArrowRight" || key === "PageDown") go(1);
    else if (key === "ArrowLeft" || key === "PageUp") go(-1);
    // On a button or a summary the bar presses that.
    else if (key === " " && !(target instanceof Element && target.closest("button, summary, a"))) setHeld(!held);
    else return;
    event.preventDefault();
  });
  grid.addEventListener("pointermove", () => (moved = performance.now()), { passive: true });
  grid.addEventListener("pointerleave", () => (moved = -READING));

  setInterval(() => {
    const now = performance.now();
    const isRead = now - moved < READING || grid.contains(document.activeElement);
    if (held || isRead || document.hidden) turned = now;
    else if (now - turned >= every() * 1_000) go(1);
  }, 500);

  let waiting = 0;
  const soon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(lay);
  };
  // Figures that changed come as new cards, and what needs attention changes how much room is left.
  new MutationObserver(soon).observe(grid.parentElement ?? grid, { childList: true, subtree: false });
  new MutationObserver(soon).observe(grid, { childList: true });
  addEventListener("resize", soon);
  lay();
}

function every(): number {
  const asked = Number(new URLSearchParams(location.search).get("every") ?? USUAL);
  return Number.isFinite(asked) && asked > 0 ? Math.min(LONGEST, Math.max(SHORTEST, asked)) : USUAL;
}

function cards(grid: HTMLElement): HTMLElement[] {
  return [...grid.querySelectorAll<HTMLElement>(":scope > .card")];
}

/** All cards, in their own size. */
function whole(grid: HTMLElement): void {
  for (const card of cards(grid)) {
    card.hidden = false;
    card.style.removeProperty("zoom");
  }
}

/** Which cards stand on which page, by their ids. */
function divide(grid: HTMLElement): string[][] {
  whole(grid);
  const rows = rowsOf(grid);
  const pages: string[][] = [];
  let [left, isLater] = [0, false];
  const begin = () => {
    document.body.classList.toggle("is-later", isLater);
    left = innerHeight - MARGIN - (grid.getBoundingClientRect().top + scrollY);
    pages.push([]);
    isLater = true;
  };
  const gap = Number.parseFloat(getComputedStyle(grid).rowGap) || 0;
  begin();
  for (const row of rows) {
    let height = heightOf(row);
    if (height > left && pages.at(-1)?.length) begin();
    if (height > left) height = shrink(row, left);
    pages.at(-1)?.push(...row.map((card) => card.id));
    left -= height + gap;
  }
  return pages;
}

/** Cards that stand beside each other. */
function rowsOf(grid: HTMLElement): HTMLElement[][] {
  const rows: HTMLElement[][] = [];
  let top = Number.NaN;
  const seen = cards(grid).sort((a, b) => a.offsetTop - b.offsetTop || a.offsetLeft - b.offsetLeft);
  for (const card of seen) {
    if (card.offsetTop === top) rows.at(-1)?.push(card);
    else rows.push([card]);
    top = card.offsetTop;
  }
  return rows;
}

function heightOf(row: HTMLElement[]): number {
  return Math.max(...row.map((card) => card.getBoundingClientRect().height));
}

/** Makes a row as small as it has to be to fit, and says how high it is then. */
function shrink(row: HTMLElement[], room: number): number {
  let zoom = 1;
  for (let tries = 0; tries < 4 && heightOf(row) > room && zoom > SMALLEST; tries += 1) {
    zoom = Math.max(SMALLEST, zoom * Math.min(0.97, room / heightOf(row)));
    for (const card of row) card.style.setProperty("zoom", zoom.toFixed(3));
  }
  return heightOf(row);
}
