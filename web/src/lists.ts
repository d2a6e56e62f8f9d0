// The form above a list: what was left empty, and columns that are shown anyway, have no place in the address.

/** Keeps addresses of lists short. */
export function setUpLists(): void {
  document.addEventListener("submit", ({ target }) => {
    if (!(target instanceof HTMLFormElement) || !target.matches(".list-form")) return;
    const columns = [...target.querySelectorAll<HTMLInputElement>("input[type=checkbox][name=column]:not(:disabled)")];
    const usual = columns.every((column) => column.checked === column.hasAttribute("data-usual"));
    // The first column is shown anyway; its hidden field says that the others are not wanted, where none is ticked.
    const fields = target.querySelectorAll<HTMLInputElement | HTMLSelectElement>("input[name], select[name]");
    const idle = [...fields].filter((field) => field.value === "" || (usual && field.name === "column"));
    for (const field of idle) field.disabled = true;
    // Whoever comes back finds the form as it was.
    addEventListener("pageshow", () => {
      for (const field of idle) field.disabled = false;
    }, { once: true });
  });
}
