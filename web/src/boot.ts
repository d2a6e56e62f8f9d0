// Runs before the first paint, so it stays small: says that scripts run (charts instead of their tables), and folds
// the side bar where the person folded it. Where the main script cannot be loaded, the page is as without scripts.
const root = document.documentElement;
root.classList.add("js");
try {
  root.classList.toggle("folded", localStorage.getItem("rollcall.folded") === "yes");
} catch {
  // No storage, nothing to remember.
}
addEventListener(
  "error",
  (event) => {
    if (event.target instanceof HTMLScriptElement) root.classList.remove("js");
  },
  true,
);
