// How long ago something was, in the language of the page, and kept right; the exact instant stands in the title. What is
// planned, as a start, stays as it is written: `data-fixed`.

const MINUTE = 60_000;
const UNITS = [["day", 1_440], ["hour", 60], ["minute", 1]] as const;
/** What is longer ago is a date. */
const LONGEST = 30 * 1_440;

/** Shows instants as how long ago they were, while somebody looks. */
export function setUpTimes(): void {
  const { lang, dataset } = document.documentElement;
  const relative = new Intl.RelativeTimeFormat(lang || "en", { numeric: "auto" });
  const elapsed = new Intl.RelativeTimeFormat(lang || "en", { numeric: "always" });
  let timer: ReturnType<typeof setInterval> | undefined;

  // In a demo of a certain day time stands still.
  const now = () => (dataset.now ? Date.parse(dataset.now) : Date.now());

  function words(time: HTMLTimeElement): string {
    time.dataset.exact ??= time.textContent;
    const minutes = Math.floor((now() - Date.parse(time.dateTime)) / MINUTE);
    if (!(minutes >= -1 && minutes < LONGEST)) return time.dataset.exact;
    const [unit, length] = UNITS.find(([, length]) => minutes >= length) ?? ["second", 1];
    return unit === "second" ? relative.format(0, unit) : elapsed.format(-Math.floor(minutes / length), unit);
  }

  function show(): void {
    for (const time of document.querySelectorAll<HTMLTimeElement>("time[datetime]:not([data-fixed])")) {
      const text = words(time);
      if (time.textContent !== text) time.textContent = text;
    }
  }

  function look(): void {
    clearInterval(timer);
    if (document.visibilityState !== "visible") return;
    show();
    timer = setInterval(show, MINUTE / 2);
  }

  document.addEventListener("visibilitychange", look);
  document.addEventListener("htmx:afterSwap", show);
  // Nobody knows when a sheet of paper is read.
  addEventListener("beforeprint", () => {
    for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-exact]")) time.textContent = time.dataset.exact ?? "";
  });
  addEventListener("afterprint", show);
  look();
}
