// What somebody typed into a form is not lost where their session had ended when they sent it: it stays in this tab, and is
// offered again when the same person opens the same form. Passwords, codes, tokens and files are never kept.
import { forgetAll, recall, remember } from "./tab";

const KEY = "rollcall.draft";
const WHO = "rollcall.who";
/** Never kept, whatever type a field has. */
const SECRET = /pass|token|secret|^code$|^otp$/i;
/** So long it is offered, in milliseconds: who comes back later has forgotten it. */
const OFFERED = 60 * 60_000;

interface Draft {
  /** Where the form is sent to. */
  action: string;
  /** The state of the row that was changed. */
  tag: string;
  fields: [string, string][];
  at: number;
  /** Whether it met a page that was not the panel's: signing in, or a failure. Else it was answered, and is done with. */
  lost: boolean;
}

/** Keeps what is sent by `form` until the answer shows that it arrived. */
export function keepDraft(form: HTMLFormElement): void {
  write({ action: address(form), tag: tagOf(form), fields: fieldsOf(form), at: Date.now(), lost: false });
}

/** Looks at what was kept: on the page that asks to sign in, in its form, and elsewhere. */
export function setUpDrafts(): void {
  document.addEventListener("submit", ({ target }) => {
    // Whoever signs out leaves nothing behind.
    if (target instanceof HTMLFormElement && target.action === `${location.origin}/logout`) forgetAll();
  });
  if (who()) forgetOthers();
  const draft = read();
  if (!draft) return;
  if (!who()) {
    write({ ...draft, lost: true });
    document.querySelector("[data-draft-kept]")?.removeAttribute("hidden");
    return;
  }
  if (!draft.lost || Date.now() - draft.at > OFFERED) {
    forget();
    return;
  }
  const form = [...document.querySelectorAll<HTMLFormElement>("form[data-guarded]")].find((it) => address(it) === draft.action);
  if (form) offer(form, draft);
}

function offer(form: HTMLFormElement, draft: Draft): void {
  const template = document.querySelector<HTMLTemplateElement>("template#draft");
  const note = (template?.content.cloneNode(true) as DocumentFragment | undefined)?.querySelector<HTMLElement>(".draft");
  if (!note) return;
  note.querySelector("[data-changed]")?.toggleAttribute("hidden", tagOf(form) === draft.tag);
  const put = note.querySelector<HTMLButtonElement>("[data-restore]");
  put?.addEventListener("click", () => {
    fill(form, draft.fields);
    forget();
    const said = document.createElement("p");
    said.textContent = put.dataset.done ?? "";
    put.closest("div")?.replaceChildren(said);
    form.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea")?.focus();
  });
  note.querySelector("[data-drop]")?.addEventListener("click", () => {
    forget();
    note.remove();
  });
  form.before(note);
}

function fill(form: HTMLFormElement, fields: [string, string][]): void {
  const left = [...fields];
  for (const field of kept(form)) {
    const isBox = field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");
    const at = left.findIndex(([name, value]) => name === field.name && (!isBox || value === field.value));
    const value = at < 0 ? undefined : left.splice(at, 1)[0]?.[1];
    if (isBox) field.checked = value !== undefined;
    else if (field instanceof HTMLSelectElement && field.multiple) continue;
    else if (value === undefined) continue;
    else if (!(field instanceof HTMLSelectElement)) field.value = value;
    // What cannot be chosen any more stays as it is.
    else if ([...field.options].some((option) => option.value === value)) field.value = value;
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** The fields that may be kept. */
function kept(form: HTMLFormElement): Field[] {
  const fields = [...form.elements].filter((it): it is Field => it.matches("input, select, textarea"));
  return fields.filter(({ type, name, autocomplete }) => {
    const isOpen = !["password", "file", "hidden", "submit", "button"].includes(type);
    return isOpen && name !== "" && !SECRET.test(name) && !/password|one-time-code/.test(autocomplete);
  });
}

function fieldsOf(form: HTMLFormElement): [string, string][] {
  return kept(form).flatMap((field): [string, string][] => {
    if (field instanceof HTMLInputElement && ["checkbox", "radio"].includes(field.type) && !field.checked) return [];
    return [[field.name, field.value]];
  });
}

/** Path and company: the same form of another company is another form. */
function address(form: HTMLFormElement): string {
  const { pathname, searchParams } = new URL(form.action);
  const kind = form.querySelector<HTMLInputElement>("input[type=hidden][name=policy_type]")?.value ?? "";
  return `${pathname}#${searchParams.get("company") ?? ""}#${kind}`;
}

function tagOf(form: HTMLFormElement): string {
  return form.querySelector<HTMLInputElement>("input[type=hidden][name=tag]")?.value ?? "";
}

/** Who looks at the page; empty where nobody is signed in. */
function who(): string {
  return document.querySelector("#person-menu .menu-who span")?.textContent ?? "";
}

function read(): Draft | null {
  try {
    return JSON.parse(recall(KEY) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}

function write(draft: Draft): void {
  remember(KEY, JSON.stringify(draft));
}

function forget(): void {
  remember(KEY, "");
}

/** What somebody else left behind in this tab is not for whoever looks now. */
function forgetOthers(): void {
  if (![null, who()].includes(recall(WHO))) forgetAll();
  remember(WHO, who());
}
