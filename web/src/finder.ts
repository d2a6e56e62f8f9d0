// The search that opens anywhere: by its button or Ctrl-K, with results as one types. A combobox whose list box stands below it:
// the focus stays in the field, and the arrow keys say which result is meant.
import type htmxApi from "htmx.org";

import { fetchFragment } from "./refresh";

/** So long after a key nothing more was typed, in milliseconds. */
const PAUSE = 150;

/** Gets the search ready. */
export function setUpFinder(htmx: typeof htmxApi): void {
  const dialog = document.querySelector<HTMLDialogElement>("#finder");
  const field = dialog?.querySelector<HTMLInputElement>("[role=combobox]");
  const list = dialog?.querySelector<HTMLElement>("[role=listbox]");
  const status = dialog?.querySelector<HTMLElement>("[role=status]");
  if (!dialog || !field || !list || !status) return;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;
  let shown: string | undefined;

  const options = () => [...list.querySelectorAll<HTMLAnchorElement>("[role=option]")];
  const meant = () => list.querySelector<HTMLAnchorElement>("[role=option][aria-selected=true]");

  function open(): void {
    if (!dialog || dialog.open) return;
    dialog.showModal();
    field?.select();
    if (shown !== field?.value) void look();
  }

  function mean(option: HTMLAnchorElement | undefined): void {
    meant()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) field?.setAttribute("aria-activedescendant", option.id);
    else field?.removeAttribute("aria-activedescendant");
  }

  function step(by: 1 | -1): void {
    const all = options();
    const now = meant();
    const at = now ? all.indexOf(now) : -1;
    // Beyond either end stands the field itself.
    const next = now ? at + by : by === 1 ? 0 : all.length - 1;
    mean(all[next]);
  }

  async function look(): Promise<void> {
    clearTimeout(pause);
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const text = field?.value ?? "";
    const query = new URLSearchParams({ q: text });
    const company = dialog?.querySelector<HTMLInputElement>("[name=company]")?.value;
    if (company) query.set("company", company);
    list?.setAttribute("aria-busy", "true");
    try {
      const html = await fetchFragment(`/admin/search/found?${query}`, signal);
      if (signal.aborted || !list || !status) return;
      htmx.swap(list, html, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 });
      shown = text;
      mean(undefined);
      list.scrollTo(0, 0);
      field?.setAttribute("aria-expanded", String(options().length > 0));
      status.classList.remove("is-shown");
      status.textContent = list.querySelector<HTMLElement>("[data-said]")?.dataset.said ?? "";
    } catch {
      if (signal.aborted || !list || !status) return;
      list.replaceChildren();
      shown = undefined;
      field?.setAttribute("aria-expanded", "false");
      status.classList.add("is-shown");
      status.textContent = dialog?.dataset.failed ?? "";
    } finally {
      if (!signal.aborted) list?.setAttribute("aria-busy", "false");
    }
  }

  document.addEventListener("keydown", (event) => {
    // A browser that fills in a form by itself presses keys without a name.
    if (event.key?.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else open();
  });
  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element)) return;
    if (target.closest("[data-find]")) open();
    // What is outside its box is the dialog itself.
    else if (target === dialog || target.closest("#finder [data-close]")) dialog.close();
  });

  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => void look(), PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else if (event.key === "Enter" && meant()) meant()?.click();
    else return;
    event.preventDefault();
  });
  // Nothing typed asks for nothing: the page would only say so.
  field.form?.addEventListener("submit", (event) => {
    if (field.value.trim() === "") event.preventDefault();
  });
  // A click leaves the focus where it is.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  if (mac) document.querySelector("[data-find] kbd")?.replaceChildren("⌘ K");
}
