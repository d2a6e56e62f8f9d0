// How much is new, beside the bell: a figure of one person's own, so it is no part of pages that are kept. It is asked for when a
// page opens, when the figures of an open dashboard change, and when somebody comes back to the tab.
import type htmxApi from "htmx.org";

import { fetchFragment } from "./refresh";

/** What happens in a row is asked for once, within so long, in milliseconds. */
const PACE = 2_000;
/** Whoever comes back to a tab after so long is told anew. */
const OLD = 60_000;

/** Gets the bell ready; answers what is to be called when something may be new. */
export function setUpBell(htmx: typeof htmxApi): () => void {
  const place = document.getElementById("bell-count");
  let asked = -OLD;
  let later: ReturnType<typeof setTimeout> | undefined;

  function ask(): void {
    later = undefined;
    if (!place || document.visibilityState !== "visible") return;
    asked = performance.now();
    const company = new URLSearchParams(location.search).get("company");
    const query = company === null ? "" : `?${new URLSearchParams({ company })}`;
    // What cannot be fetched now is, the next time; the link leads there all the same.
    fetchFragment(`/admin/inbox/new${query}`)
      .then((html) => htmx.swap(place, html, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 }))
      .catch(() => {});
  }

  document.addEventListener("visibilitychange", () => {
    if (performance.now() - asked >= OLD) ask();
  });
  ask();
  return () => {
    later ??= setTimeout(ask, PACE);
  };
}
