// Files of lists: while one comes, a bar says how far it is. Without this script, the browser downloads it by itself.

import { save as saveFile } from "./files";

/** A page reads so much into memory at most; what is larger is left to the browser's own download. */
const LARGEST = 400 * 2 ** 20;

function count(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}

function nameOf(answer: Response): string {
  return /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "export";
}

/** Shows how far a file is: by its rows where these are lines, else by its bytes alone. */
class Progress {
  private readonly place: HTMLElement;
  private readonly bar: HTMLProgressElement;
  private readonly text: HTMLElement;
  private readonly format: Intl.NumberFormat;
  private shown = 0;

  constructor(place: HTMLElement) {
    this.place = place;
    this.bar = place.querySelector("progress") as HTMLProgressElement;
    this.text = place.querySelector("[role=status]") as HTMLElement;
    this.format = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
    this.bar.removeAttribute("value");
    this.text.textContent = "";
    place.hidden = false;
  }

  show(lines: number, bytes: number, rows: number): void {
    // Whoever listens to the page is told once a second, not each time.
    const now = performance.now();
    if (now - this.shown < 1000 && lines < rows) return;
    this.shown = now;
    if (rows > 0) {
      this.bar.max = rows;
      this.bar.value = Math.min(lines, rows);
    }
    const size = `${this.format.format(bytes / 1e6)} MB`;
    this.text.textContent =
      rows > 0 ? `${this.format.format(Math.min(lines, rows))} / ${this.format.format(rows)} · ${size}` : size;
  }

  fail(): void {
    this.bar.value = 0;
    this.text.textContent = this.place.dataset.failed ?? "";
  }

  end(): void {
    this.place.hidden = true;
  }
}

async function save(link: HTMLAnchorElement, progress: Progress, stop: AbortSignal): Promise<void> {
  const answer = await fetch(link.href, { signal: stop, headers: { "rollcall-count": "yes" } });
  if (!answer.ok || !answer.body) throw new Error(answer.statusText);
  // A workbook has no lines to count.
  const rows = link.dataset.lines === undefined ? 0 : Number(answer.headers.get("rollcall-rows") ?? 0);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let [lines, bytes] = [0, 0];
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    bytes += value.length;
    if (bytes > LARGEST) {
      await reader.cancel();
      location.assign(link.href);
      return;
    }
    if (rows > 0) lines += count(value);
    progress.show(lines, bytes, rows);
  }
  saveFile(new Blob(parts), nameOf(answer));
}

export function setUpExports(): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-export]") : null;
    const place = document.querySelector<HTMLElement>("[data-export-progress]");
    if (!link || !place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("details")?.removeAttribute("open");
    const stop = new AbortController();
    const progress = new Progress(place);
    const button = place.querySelector("button");
    button?.addEventListener("click", () => stop.abort(), { once: true });
    button?.focus();
    save(link, progress, stop.signal).then(
      () => progress.end(),
      () => (stop.signal.aborted ? progress.end() : progress.fail()),
    );
  });
}
