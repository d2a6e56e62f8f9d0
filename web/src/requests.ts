// One widget at a time: a filter or a heading fetches its card alone, and the page's address says what was chosen.
import type htmxApi from "htmx.org";

interface Configured {
  elt: Element;
  path: string;
  formData: FormData;
}

interface Answered {
  /** What was swapped in, or asked. */
  elt: Element;
  target?: Element;
  xhr: XMLHttpRequest;
  /** None where the page itself asked, and not htmx for a form or a link. */
  requestConfig?: Configured;
}

/** Where answers come from that belong into a part of a page. */
const FRAGMENTS = ["/admin/widgets/", "/admin/bulk/", "/admin/appointments/new"];

/** Sends a widget's choices with those of the whole page, and shows what came of it. */
export function setUpRequests(htmx: typeof htmxApi): void {
  htmx.on("htmx:configRequest", (event) => configure((event as CustomEvent<Configured>).detail));

  htmx.on("htmx:beforeRequest", (event) => busy(event, "true"));
  htmx.on("htmx:afterRequest", (event) => busy(event, "false"));

  htmx.on("htmx:beforeSwap", (event) => {
    const { detail } = event as CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean }>;
    // Signed out meanwhile: the answer is the sign-in page, which belongs into the window and not into a card.
    const { pathname } = new URL(detail.xhr.responseURL || location.href, location.href);
    const isOurs = FRAGMENTS.some((path) => pathname.startsWith(path)) || pathname.endsWith("/preview");
    if (detail.xhr.status !== 401 && isOurs) return;
    detail.shouldSwap = false;
    location.reload();
  });

  htmx.on("htmx:afterSwap", (event) => {
    const { elt: card, requestConfig } = (event as CustomEvent<Answered>).detail;
    // What is looked at every second says when it is over, and is silent until then.
    if (!requestConfig || card.matches("[data-poll], [data-quiet]")) return;
    const heading = card.querySelector("h2");
    say("updated", heading?.textContent);
    // The link that asked again is gone with the failure it stood in.
    if (requestConfig.elt.closest(".failure")) heading?.focus();
  });
  // What an action did is said once: a reload does not say it again.
  const page = new URL(location.href);
  if (page.searchParams.has("notice")) {
    page.searchParams.delete("notice");
    page.searchParams.delete("gone");
    history.replaceState(history.state, "", page);
  }

  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    htmx.on(failure, (event) => fail(htmx, (event as CustomEvent<Answered>).detail));
  }
}

/** Says on the card itself what could not be loaded, as the server does where a widget fails: what was there stays. */
function fail(htmx: typeof htmxApi, { target, xhr, requestConfig }: Answered): void {
  if (!requestConfig) return;
  // What somebody is about to type stays, and what is looked at every second is looked at again.
  if (target?.matches("[data-quiet], [data-poll]")) {
    say("failed");
    return;
  }
  const card = target?.closest<HTMLElement>(".card");
  const failure = card?.querySelector<HTMLElement>(".failure") ?? blankFailure();
  const again = failure?.querySelector("a");
  if (!card || !failure || !again) {
    say("failed");
    return;
  }
  const search = requestConfig.path.split("?")[1] ?? "";
  again.href = `${location.pathname}${search && `?${search}`}#${card.id}`;
  again.dataset.widget = card.id;
  again.setAttribute("hx-get", requestConfig.path);
  for (const name of ["hx-target", "hx-indicator"]) again.setAttribute(name, `#${card.id}`);
  const id = xhr.getResponseHeader("x-request-id");
  const said = failure.querySelector<HTMLElement>(".failure-id");
  said?.toggleAttribute("hidden", !id);
  said?.querySelector("code")?.replaceChildren(id ?? "");
  failure.querySelector("strong")?.replaceChildren(card.dataset.failed ?? "");
  if (!failure.isConnected) card.querySelector(".card-body")?.prepend(failure);
  htmx.process(again);
  // What could not be shown is not chosen, either.
  requestConfig.elt.closest("form")?.reset();
}

function blankFailure(): HTMLElement | null {
  const template = document.querySelector<HTMLTemplateElement>("template#failure");
  return (template?.content.cloneNode(true) as DocumentFragment | undefined)?.querySelector<HTMLElement>(".failure") ?? null;
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

/** Says what happened, politely: to who hears the page, and a failure to who sees it. */
export function say(what: "updated" | "failed", about?: string | null): void {
  const live = document.getElementById("live");
  if (!live) return;
  live.classList.toggle("is-shown", what === "failed");
  live.textContent = [live.dataset[what], about].filter(Boolean).join(": ");
  if (what === "failed") setTimeout(() => live.classList.remove("is-shown"), 8000);
}
