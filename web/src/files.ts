// Files that the browser makes itself.

/** Saves `content` under `name`. */
export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** `policy_trend_2026-11-22_120000.csv`. */
export function fileName(name: string, extension: string): string {
  const now = new Date();
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `${name}_${day}_${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}.${extension}`;
}
