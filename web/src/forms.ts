// Whoever leaves a form that they have changed is asked first; what they sent is kept until it has arrived.
import { keepDraft } from "./drafts";

/** Guards the forms that say so. */
export function setUpForms(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-guarded]");
  if (!form) return;
  const typed = () => new URLSearchParams(new FormData(form) as unknown as Record<string, string>).toString();
  const before = typed();
  // What the server sent back was not saved either.
  const unsaved = form.querySelector("[aria-invalid=true]") !== null;
  let sent = false;
  const isChanged = () => unsaved || typed() !== before;
  form.addEventListener("submit", () => {
    sent = true;
    if (isChanged()) keepDraft(form);
  });
  addEventListener("beforeunload", (event) => {
    if (!sent && isChanged()) event.preventDefault();
  });
  form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
}
