// First paint, layout shift and size of pages, each in a browser that has never seen them. Figures go to the file FIGURES, one a
// line: name, value, unit, limit, parted by tabs.
import { appendFileSync } from "node:fs";
import { type Page } from "@playwright/test";
import { seeAll, test } from "../support/panel";

const TIMES = 15;
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

interface Seen {
  paint: number;
  shift: number;
  /** Compressed bytes of scripts and style sheets by the end of the first view. */
  bytes: number;
}

function tell(name: string, value: number, unit: string, limit: number): void {
  const line = [name, value.toFixed(4), unit, limit].join("\t");
  if (process.env.FIGURES) appendFileSync(process.env.FIGURES, `${line}\n`);
  else console.log(line);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Opens a page, waits until nothing is fetched any more, scrolls to its end and back. */
async function see(page: Page, path: string): Promise<Seen> {
  await page.addInitScript(() => {
    const shifts = { sum: 0 };
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
        if (!entry.hadRecentInput) shifts.sum += entry.value;
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(path);
  // The dashboard's stream of events never ends, so that the network is never idle.
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
  await page.waitForTimeout(500);
  const bytes = await page.evaluate(() => {
    const files = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    const of = files.filter(({ name }) => /\.(js|css)(\?|$)/.test(name));
    return of.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  });
  await seeAll(page);
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await page.waitForTimeout(200);
  const [paint, shift] = await page.evaluate(() => [
    performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
    (window as unknown as { shifts: { sum: number } }).shifts.sum,
  ]);
  return { paint: paint ?? Number.NaN, shift: shift ?? Number.NaN, bytes };
}

for (const [name, path, limit] of [
  ["cached dashboard", "/admin", 300],
  ["list of 1,000,000 rows", "/admin/appointments", 500],
  ["list of 1,000,000 rows, filtered", "/admin/appointments?status=completed&sort=-starts_at", 500],
] as const) {
  for (const [screen, viewport] of [["desktop", DESKTOP], ["phone", PHONE]] as const) {
    test(`${name}, ${screen}`, async ({ as }) => {
      // A new profile each time; the first one warms the server.
      const seen: Seen[] = [];
      for (let time = 0; time <= TIMES; time += 1) {
        const page = await as("admin", { viewport });
        seen.push(await see(page, path));
        await page.close();
      }
      seen.shift();
      tell(`${name}, ${screen}, first contentful paint`, median(seen.map(({ paint }) => paint)), "ms", limit);
      tell(`${name}, ${screen}, layout shift`, Math.max(...seen.map(({ shift }) => shift)), "", 0.02);
      if (path === "/admin") tell(`${name}, ${screen}, script and style`, Math.max(...seen.map(({ bytes }) => bytes)) / 1024, "KiB", 150);
    });
  }
}
