// Keeps a dashboard that is open as it is now: the server says when figures changed, and only those are fetched.
// A tab that nobody sees holds no connection, and nothing is ever asked for "just in case".
import type htmxApi from "htmx.org";

import { type Figures, setUpRefresh } from "./refresh";

/** Between attempts after a refusal, at first and at most, in milliseconds; each is twice the one before, give or take. */
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 60_000;
/** So many refusals in a row are enough: the next attempt is made when the tab is looked at again. */
const ATTEMPTS = 8;
/** A page that was about to be left and is still there after this time stays: what was asked for was a file. */
const STAYED = 10_000;

/** Listens while the dashboard is in view; `changed` is told that something did. */
export function setUpLive(htmx: typeof htmxApi, changed: () => void): void {
  const state = document.getElementById("live-state");
  if (!state) return;
  const refresh = setUpRefresh(htmx);
  let source: EventSource | undefined;
  let last = "";
  let refusals = 0;
  let heard = false;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  const show = (is: "live" | "paused") => {
    state.hidden = false;
    state.classList.toggle("is-live", is === "live");
    state.textContent = state.dataset[is] ?? "";
  };

  function open(): void {
    clearTimeout(waiting);
    if (source || document.visibilityState !== "visible") return;
    source = new EventSource(address(last));
    source.addEventListener("open", () => {
      refusals = 0;
      show("live");
      refresh.again();
    });
    source.addEventListener("figures", (event) => {
      last = event.lastEventId;
      refresh.with(JSON.parse(event.data) as Figures);
      // The first message after opening says how things are, not that they changed.
      if (heard) changed();
      heard = true;
    });
    // Signed out, or somebody else by now: the page is to be as for whoever it is.
    source.addEventListener("over", () => location.reload());
    source.addEventListener("error", () => {
      show("paused");
      // A connection that was lost the browser takes up by itself, when the server said; a refusal it does not.
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      refusals += 1;
      const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (refusals - 1)) * (0.5 + Math.random());
      if (refusals < ATTEMPTS) waiting = setTimeout(open, wait);
    });
  }

  function close(): void {
    clearTimeout(waiting);
    source?.close();
    source = undefined;
    show("paused");
  }

  function look(): void {
    refusals = 0;
    if (document.visibilityState === "visible") open();
    else close();
  }

  document.addEventListener("visibilitychange", look);
  // Whoever signs out is on their way already: to be told so by the stream's end would lead them elsewhere.
  addEventListener("beforeunload", () => {
    close();
    waiting = setTimeout(look, STAYED);
  });
  // A page that is kept for "back" is in view no more, and would be kept from that by its connection.
  addEventListener("pagehide", close);
  addEventListener("pageshow", look);
  look();
}

function address(last: string): string {
  const query = new URLSearchParams();
  const company = new URLSearchParams(location.search).get("company");
  if (company !== null) query.set("company", company);
  if (last) query.set("since", last);
  return query.size > 0 ? `/admin/live?${query}` : "/admin/live";
}
