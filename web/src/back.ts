// The way back to a list is the way back to what somebody had looked for there: its search, filters and page.
// Without this script it leads to the whole list.
import { recall, remember } from "./tab";

const KEPT = "rollcall.list:";

/** Keeps the address of a list, and leads the links back to it there. */
export function setUpBack(): void {
  const list = document.querySelector<HTMLFormElement>("form.list-form");
  if (list) keepList();
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-list]")) {
    const search = kept(new URL(link.href));
    // The path is the link's own: no more than the question comes from what was kept.
    if (search) link.search = search;
  }
}

function keepList(): void {
  const here = new URL(location.href);
  // What was deleted on its own page leads to the whole list: on to what was looked at before, with what it has to say.
  if (here.searchParams.has("notice") && !isNarrowed(here)) {
    const search = kept(here);
    if (search) {
      const there = new URLSearchParams(search);
      for (const name of ["notice", "gone"]) {
        const value = here.searchParams.get(name);
        if (value !== null) there.set(name, value);
      }
      location.replace(`${here.pathname}?${there}`);
      return;
    }
  }
  for (const name of ["notice", "gone"]) here.searchParams.delete(name);
  remember(place(here), here.search);
}

/** Whether anything but the company is asked for. */
function isNarrowed(url: URL): boolean {
  return [...url.searchParams.keys()].some((name) => !["company", "notice", "gone"].includes(name));
}

/** What was last asked of the list at `url`, for the same company; none where that was nothing. */
function kept(url: URL): string | null {
  if (url.origin !== location.origin || !url.pathname.startsWith("/admin/")) return null;
  const search = recall(place(url));
  if (!search?.startsWith("?")) return null;
  const same = new URLSearchParams(search).get("company") === url.searchParams.get("company");
  return same ? search : null;
}

function place(url: URL): string {
  return `${KEPT}${url.pathname}#${url.searchParams.get("company") ?? ""}`;
}
