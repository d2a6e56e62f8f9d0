// What is remembered in this tab alone, and gone with it. Where a browser has no storage, nothing is.

/** What stands under `key`. */
export function recall(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Keeps `value` under `key`; nothing is kept of what is empty. */
export function remember(key: string, value: string): void {
  try {
    if (value) sessionStorage.setItem(key, value);
    else sessionStorage.removeItem(key);
  } catch {
    // No storage, or no room in it: it is as it was without.
  }
}

/** Forgets all of it. */
export function forgetAll(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("rollcall.")) sessionStorage.removeItem(key);
  } catch {
    // No storage, nothing to forget.
  }
}
