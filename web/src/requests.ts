// One widget at a time: a filter or a heading fetches its card alone, and the page's address says what was chosen.
import type htmxApi from "htmx.org";

interface Configured {
  elt: Element;
  path: string;
  formData: FormData;
}

/** Sends a widget's choices with those of the whole page, and shows what came of it. */
export function setUpRequests(htmx: typeof htmxApi): void {
  htmx.on("htmx:configRequest", (event) => configure((event as CustomEvent<Configured>).detail));

  htmx.on("htmx:beforeRequest", (event) => busy(event, "true"));
  htmx.on("htmx:afterRequest", (event) => busy(event, "false"));

  htmx.on("htmx:beforeSwap", (event) => {
    const { detail } = event as CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean }>;
    // Signed out meanwhile: the answer is the sign-in page, which belongs into the window and not into a card.
    const { pathname } = new URL(detail.xhr.responseURL || location.href, location.href);
    if (detail.xhr.status !== 401 && pathname.startsWith("/admin/widgets/")) return;
    detail.shouldSwap = false;
    location.reload();
  });

  htmx.on("htmx:afterSwap", (event) => {
    const card = (event as CustomEvent<{ elt: Element }>).detail.elt;
    say("updated", card.querySelector("h2")?.textContent);
  });
  // What an action did is said once: a reload does not say it again.
  const page = new URL(location.href);
  if (page.searchParams.has("notice")) {
    page.searchParams.delete("notice");
    history.replaceState(history.state, "", page);
  }

  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) htmx.on(failure, () => say("failed"));
}

// The other widgets' choices come from the address, not from the hidden fields: those are as old as the page.
function configure(request: Configured): void {
  const source = request.elt.closest<HTMLElement>("[data-widget]");
  const key = source?.dataset.widget;
  if (!source || !key) return;
  const query = request.path.split("?")[1] ?? "";
  const own = source instanceof HTMLFormElement ? [...request.formData] : [...new URLSearchParams(query)];
  const page = new URLSearchParams(location.search);
  for (const [name, value] of own) {
    if (name.startsWith(`${key}.`)) page.set(name, String(value));
  }
  for (const name of [...request.formData.keys()]) request.formData.delete(name);
  const search = page.size > 0 ? `?${page}` : "";
  request.path = `/admin/widgets/${key}${search}`;
  source.setAttribute("hx-push-url", `${location.pathname}${search}`);
}

function busy(event: Event, is: "true" | "false"): void {
  (event as CustomEvent<{ target?: Element }>).detail.target?.setAttribute("aria-busy", is);
}

function say(what: "updated" | "failed", about?: string | null): void {
  const live = document.getElementById("live");
  if (!live) return;
  live.classList.toggle("is-shown", what === "failed");
  live.textContent = [live.dataset[what], about].filter(Boolean).join(": ");
  if (what === "failed") setTimeout(() => live.classList.remove("is-shown"), 8000);
}
