// Many rows at once: all boxes of a page by one, how many are ticked, and a question only where there is something to ask.
import type htmxApi from "htmx.org";

/** Helps with the boxes of a list, and looks at how far a job came while somebody does. */
export function setUpBulk(htmx: typeof htmxApi): void {
  const form = document.querySelector<HTMLFormElement>("form[data-bulk]");
  if (form) setUpBoxes(form);
  htmx.on("htmx:beforeRequest", (event) => {
    const { elt } = (event as CustomEvent<{ elt: Element }>).detail;
    if (document.hidden && elt.matches("[data-poll]")) event.preventDefault();
  });
}

function setUpBoxes(form: HTMLFormElement): void {
  const boxes = [...form.querySelectorAll<HTMLInputElement>("input[name=id]")];
  const every = form.querySelector<HTMLInputElement>("[data-tick-all]");
  const all = form.querySelector<HTMLInputElement>("input[name=all]");
  const said = form.querySelector<HTMLElement>("[data-ticked]");
  const button = form.querySelector<HTMLButtonElement>(".bulk-bar button");
  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    if (every) {
      every.checked = ticked === boxes.length;
      every.indeterminate = ticked > 0 && ticked < boxes.length;
    }
    const words = ticked === 1 ? said?.dataset.one : said?.dataset.other;
    const text = ticked > 0 && !all?.checked ? (words ?? "").replace("%{n}", String(ticked)) : "";
    if (said && said.textContent !== text) said.textContent = text;
    if (button) button.disabled = ticked === 0 && !all?.checked;
  };
  form.addEventListener("change", ({ target }) => {
    if (target === every) for (const box of boxes) box.checked = every?.checked ?? false;
    show();
  });
  // Whoever comes back finds the boxes as the browser kept them.
  addEventListener("pageshow", show);
  show();
}
