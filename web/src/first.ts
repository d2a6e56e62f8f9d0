// The first minutes: the zone that a browser is in, and parts of a page that are looked at again until there is no more to see.

/** How often one looks how far an import is, in milliseconds. */
const PAUSE = 1_000;

/** Fills in what the browser knows, and looks again at what changes. */
export function setUpFirst(): void {
  const zone = document.querySelector<HTMLInputElement>("input[data-guess-zone]");
  if (zone && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (document.querySelector("[data-progress]")) void follow();
  if (document.querySelector("[data-waiting]")) listen();
}

/** How far an import is, until it is done. */
async function follow(): Promise<void> {
  while (document.querySelector("[data-progress]")) {
    await new Promise((done) => setTimeout(done, PAUSE));
    // Nobody looks: it goes on all the same.
    if (document.visibilityState === "visible") await look("[data-progress]");
  }
}

/** Looks whether something came whenever figures changed. */
function listen(): void {
  const source = new EventSource(`/admin/live${location.search}`);
  source.addEventListener("figures", () => {
    void look("[data-waiting]").then(() => {
      if (!document.querySelector("[data-waiting]")) source.close();
    });
  });
  addEventListener("pagehide", () => source.close());
}

/** Fetches a part of the page anew; where the whole page is another one by now, that. */
async function look(part: string): Promise<void> {
  const shown = document.querySelector<HTMLElement>(part);
  const url = shown?.dataset.progress ?? shown?.dataset.waiting;
  if (!shown || !url) return;
  try {
    const answer = await fetch(url, { headers: { "hx-request": "true" } });
    if (answer.redirected || answer.headers.has("hx-refresh")) return location.reload();
    // What failed this time may not the next.
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    shown.replaceWith(...page.body.children);
  } catch {
    return;
  }
}
