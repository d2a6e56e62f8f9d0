// Fetches the parts of a dashboard that changed, and puts them where they were: the person notices the figures alone.
import type htmxApi from "htmx.org";

import { keep } from "./keeping";
import { say } from "./requests";

/** What the server says of a company's figures: the tag of each widget, and of what needs attention. */
export interface Figures {
  day: string;
  widgets: Record<string, string>;
  summary: string;
}

export interface Refresh {
  /** Fetches what these say is newer than what is shown. */
  with(figures: Figures): void;
  /** Tries again what could not be fetched. */
  again(): void;
}

/** So many requests at a time. */
const AT_ONCE = 4;
/** A part that somebody is busy in is left alone until they did nothing there for so long, in milliseconds. */
const QUIET = 5_000;
/** What could not be fetched is tried once more after about so long. */
const ONCE_MORE = 5_000;
/** A new day comes to everybody at the same moment: their pages ask within so long. */
const NEW_DAY = 20_000;

/** Where a click that comes a moment later would meet something else, or an open list would close. */
const BUSY = "select:focus, .row-action form:hover, .row-action form:focus-within";
const OPEN = CSS.supports("selector(select:open)") ? "select:open" : "option:not(*)";

/** Gets ready to refresh the dashboard. */
export function setUpRefresh(htmx: typeof htmxApi): Refresh {
  const wanted = new Map<string, string>();
  const running = new Set<string>();
  /** What could not be fetched, until it is tried once more. */
  const resting = new Set<string>();
  const touched = new Map<string, number>();
  const done = new Set<HTMLElement>();
  let day = "";
  let later: ReturnType<typeof setTimeout> | undefined;

  for (const kind of ["pointerdown", "pointermove", "keydown", "input"]) {
    document.addEventListener(kind, (event) => {
      const part = event.target instanceof Element && event.target.closest("[data-tag]");
      if (part) touched.set(part.id, performance.now());
    }, { passive: true });
  }
  document.addEventListener("focusout", () => queueMicrotask(pump));

  function pump(): void {
    let busy = false;
    for (const [id, tag] of wanted) {
      const part = document.getElementById(id);
      if (running.has(id) || resting.has(id) || running.size >= AT_ONCE) continue;
      // Gone, or fetched by the person's own choice meanwhile.
      if (!part || !isNewer(tag, part.dataset.tag)) wanted.delete(id);
      else if (isBusy(part)) busy = true;
      else void fetchPart(id);
    }
    if (busy) soon(QUIET);
    if (!busy && wanted.size === 0 && running.size === 0 && done.size > 0) {
      const [first] = done;
      say("updated", done.size === 1 ? first?.querySelector("h2")?.textContent : null);
      done.clear();
    }
  }

  function soon(wait: number): void {
    clearTimeout(later);
    later = setTimeout(pump, wait);
  }

  function isBusy(part: HTMLElement): boolean {
    if (part.matches(".htmx-request") || part.querySelector(OPEN)) return true;
    if (performance.now() - (touched.get(part.id) ?? -QUIET) >= QUIET) return false;
    const selection = getSelection();
    return part.querySelector(BUSY) !== null || (!selection?.isCollapsed && !!selection?.containsNode(part, true));
  }

  async function fetchPart(id: string): Promise<void> {
    const [tag, { search }] = [wanted.get(id), location];
    running.add(id);
    try {
      const path = id === "summary" ? "/admin/summary" : `/admin/widgets/${id}`;
      const html = await fetchFragment(path + search);
      const part = document.getElementById(id);
      // Another choice was made meanwhile, or begun to be made: what came is of the one before.
      if (!part || search !== location.search || isBusy(part)) return;
      const restore = keep(part);
      htmx.swap(part, html, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 });
      const fresh = document.getElementById(id);
      if (fresh) {
        restore(fresh);
        done.add(fresh);
      }
      if (wanted.get(id) === tag) wanted.delete(id);
    } catch {
      resting.add(id);
      setTimeout(() => {
        resting.delete(id);
        pump();
      }, ONCE_MORE * (1 + Math.random()));
    } finally {
      running.delete(id);
    }
    pump();
  }

  return {
    with(figures) {
      let cards = 0;
      for (const [id, tag] of Object.entries(figures.widgets)) {
        if (!isNewer(tag, document.getElementById(id)?.dataset.tag)) continue;
        wanted.set(id, tag);
        cards += 1;
      }
      const summary = document.getElementById("summary");
      // The first figures of a new company end its welcome, whichever they are.
      if (cards > 0 && summary?.querySelector(".welcome")) summary.dataset.tag = "";
      if (isNewer(figures.summary, summary?.dataset.tag)) wanted.set("summary", figures.summary);
      const isNewDay = day !== "" && day !== figures.day;
      day = figures.day;
      if (isNewDay) soon(NEW_DAY * Math.random());
      else pump();
    },
    again() {
      resting.clear();
      pump();
    },
  };
}

/** A part of the page, as the server has it now; `until` says that nobody waits for it any longer. */
export async function fetchFragment(path: string, until?: AbortSignal): Promise<string> {
  const headers = { "hx-request": "true", "hx-current-url": location.href };
  const tooLate = AbortSignal.timeout(20_000);
  const answer = await fetch(path, { headers, signal: until ? AbortSignal.any([until, tooLate]) : tooLate });
  // Signed out meanwhile.
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

/** `45.20261122` is newer than `44.20261122` and than `45.20261121`; what is older comes from a page that is behind. */
function isNewer(told: string, shown: string | undefined): boolean {
  if (shown === undefined) return false;
  const [version = 0, day = 0] = told.split(".").map(Number);
  const [ownVersion = 0, ownDay = 0] = shown.split(".").map(Number);
  return version > ownVersion || (version === ownVersion && day > ownDay);
}
