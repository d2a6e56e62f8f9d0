// A dashboard on a wall: a clock, a way out, pages that turn, and a sign of life.
import { setUpPages } from "./leaf";
import { fetchFragment } from "./refresh";

/** A session that nothing is asked for ends: every so often, in milliseconds, something is. Sessions may be told to end soon. */
const SIGN_OF_LIFE = 60_000;

/** Gets the wall ready, where the page is one. */
export function setUpWall(): void {
  const clock = document.querySelector<HTMLElement>("#clock");
  const exit = document.querySelector<HTMLAnchorElement>("#wall-exit");
  if (!clock || !exit) return;
  // Where time stands still, so does the clock.
  if (document.documentElement.dataset.now === undefined) {
    const format = new Intl.DateTimeFormat(document.documentElement.lang, { hour: clock.dataset.hours === "12" ? "numeric" : "2-digit", minute: "2-digit", hour12: clock.dataset.hours === "12", timeZone: clock.dataset.zone });
    const tick = () => {
      clock.textContent = format.format(new Date());
    };
    tick();
    setInterval(tick, 1_000);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") exit.click();
  });
  setUpPages();
  setInterval(() => void fetchFragment(`/admin/summary${location.search}`).catch(() => {}), SIGN_OF_LIFE);
}
