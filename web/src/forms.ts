// Whoever leaves a form that they have changed is asked first; what they sent is kept until it has arrived.
import { keepDraft } from "./drafts";

/** Says at once what a number may be, where it is beyond that: in the words in which the server would. */
function setUpNumbers(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("input[pattern][title]")) {
    const check = () => {
      input.setCustomValidity("");
      const { least, most } = input.dataset;
      const number = Number(input.value.trim().replace(",", "."));
      const isBeyond = least !== undefined && most !== undefined && (number < Number(least) || number > Number(most));
      if (input.validity.patternMismatch || (input.value.trim() !== "" && isBeyond)) input.setCustomValidity(input.title);
    };
    input.addEventListener("input", check);
    check();
  }
}

/** Says of a preview that it is not of what the form says now. */
function setUpPreview(form: HTMLFormElement): void {
  const preview = document.querySelector<HTMLElement>("#preview[data-old]");
  form.addEventListener("input", () => {
    const card = preview?.firstElementChild;
    if (!preview || !card || preview.querySelector(".old")) return;
    const note = document.createElement("p");
    note.className = "note is-warning old";
    note.setAttribute("role", "status");
    note.textContent = preview.dataset.old ?? "";
    card.before(note);
  });
}

/** Guards the forms that say so. */
export function setUpForms(): void {
  setUpNumbers();
  const form = document.querySelector<HTMLFormElement>("form[data-guarded]");
  if (!form) return;
  setUpPreview(form);
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
