// Recovery codes are shown once: they are copied, kept as a file, or printed, without leaving the browser.

/** Gets the buttons below the codes ready. */
export function setUpCodes(): void {
  const place = document.querySelector<HTMLElement>("[data-codes]");
  if (!place) return;
  const text = [...document.querySelectorAll("#codes code")].map((code) => code.textContent ?? "").join("\n");
  const copy = place.querySelector<HTMLButtonElement>("[data-copy]");
  // Where the page came without TLS, browsers have no clipboard.
  if (!navigator.clipboard) copy?.remove();
  copy?.addEventListener("click", () => {
    navigator.clipboard.writeText(text).then(
      () => place.querySelector("[role=status]")?.replaceChildren(copy.dataset.done ?? ""),
      () => getSelection()?.selectAllChildren(document.getElementById("codes") ?? place),
    );
  });
  place.querySelector("[data-download]")?.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
    link.download = place.dataset.codes ?? "codes.txt";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
  });
  place.querySelector("[data-print]")?.addEventListener("click", () => print());
}
