// Charts for every eye: told apart without their colours, in the system's colours, on paper, and as a picture.
import { readFile } from "node:fs/promises";

import { expect, prefer, seeAll, test } from "../support/panel";

test("lines are told apart without their colours, in the legend too", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin");
  await seeAll(page);
  const looksOf = (which: string) => page.locator(`#policy_trend .legend ${which} .swatch`).evaluateAll((swatches) =>
    swatches.map((swatch) => {
      const [line, point] = swatch.querySelectorAll("path");
      return {
        dashes: line?.getAttribute("stroke-dasharray"),
        point: point?.getAttribute("d"),
        ground: getComputedStyle(swatch).backgroundColor,
      };
    }),
  );
  const looks = await looksOf(".legend-item:not(.is-before)");
  expect(looks).toHaveLength(3);
  expect(new Set(looks.map(({ dashes }) => dashes)).size, "dashes").toBe(3);
  expect(new Set(looks.map(({ point }) => point)).size, "points").toBe(3);
  expect(looks.every(({ ground }) => ground === "rgba(0, 0, 0, 0)"), "nothing shows through the gaps").toBe(true);
  const before = await looksOf(".legend-item.is-before");
  expect(before.map(({ point }) => point), "a line of the period before has the points of its own").toEqual(looks.map(({ point }) => point));
  expect(new Set(before.map(({ dashes }) => dashes)), "and one look of the line").toEqual(new Set(["3 3"]));
});

for (const theme of ["light", "dark"]) {
  test(`colours that share a chart differ for colour-blind readers (${theme})`, async ({ as }) => {
    const page = await as("viewer");
    await prefer(page, { theme });
    await page.goto("/admin");
    const charts = await page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement("i"));
      const colour = (name: string) => {
        probe.className = `probe ${name}`;
        return (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
      };
      const ground = colour("probe-surface");
      const legends = [...document.querySelectorAll(".legend")].map((legend) =>
        [...legend.querySelectorAll("button:not(.is-before)")].map((button) => {
          const name = [...button.classList].find((one) => one.startsWith("s-")) ?? "";
          return { name, colour: colour(name) };
        }),
      );
      return legends.map((parts) => ({ parts, ground }));
    });
    expect(charts.length).toBeGreaterThan(3);
    for (const { parts, ground } of charts) {
      for (const [at, one] of parts.entries()) {
        const [darker = 0, lighter = 0] = [light(one.colour), light(ground)].sort((a, b) => a - b);
        expect((lighter + 0.05) / (darker + 0.05), `${one.name} on its ground`).toBeGreaterThan(3);
        for (const other of parts.slice(at + 1)) {
          for (const [eyes, cones] of Object.entries(CONES)) {
            const far = distance(lab(seen(one.colour, cones)), lab(seen(other.colour, cones)));
            expect(far, `${one.name} and ${other.name}, ${eyes}`).toBeGreaterThan(10);
          }
        }
      }
    }
  });
}

test("where the system forces its colours, charts keep theirs on its ground", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin");
  await seeAll(page);
  const picture = () => page.locator("#policy_trend canvas").evaluate((it: HTMLCanvasElement) => it.toDataURL());
  const before = await picture();
  await page.emulateMedia({ forcedColors: "active" });
  await expect.poll(picture, "drawn anew").not.toBe(before);
  const hues = await page.locator("#customer_journey canvas").evaluate((it: HTMLCanvasElement) => {
    const { data } = (it.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, it.width, it.height);
    const seen = new Set<string>();
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] === 255) seen.add([...data.slice(at, at + 3)].map((part) => part >> 5).join());
    }
    return seen.size;
  });
  expect(hues, "not in one ink").toBeGreaterThan(4);
});

test("on paper every chart is there, also of a page that was just loaded", async ({ as }) => {
  const page = await as("viewer");
  await prefer(page, { theme: "dark" });
  await page.goto("/admin", { waitUntil: "load" });
  const all = await page.locator("figure[data-chart]:has(canvas)").count();
  await expect.poll(() => page.evaluate(() => performance.getEntriesByType("resource").some(({ name }) => /charts-/.test(name)))).toBe(true);
  await expect(async () => {
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    await expect(page.locator("figure.is-drawn")).toHaveCount(all, { timeout: 500 });
  }).toPass();
  const blank = await page.locator("figure.is-drawn canvas").evaluateAll((canvases) =>
    (canvases as HTMLCanvasElement[]).filter((it) => {
      const { data } = (it.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, it.width, it.height);
      return !data.some((part) => part > 0);
    }).length,
  );
  expect(blank).toBe(0);
  await expect(page.locator("html"), "dark ink on white").toHaveAttribute("data-theme", "light");
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("a narrow picture wraps its legend, and leaves out what is hidden", async ({ as }) => {
  const page = await as("viewer", { viewport: { width: 390, height: 844 } });
  await page.addInitScript(() => {
    const texts: { text: string; right: number; width: number }[] = [];
    (window as unknown as { texts: typeof texts }).texts = texts;
    const fill = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
      const { a, e } = this.getTransform();
      if (!this.canvas.isConnected) texts.push({ text, right: (x + this.measureText(text).width) * a + e, width: this.canvas.width });
      return fill.call(this, text, x, y, ...rest);
    };
  });
  await page.goto("/admin");
  const card = page.locator("#policy_effectiveness");
  await seeAll(page);
  const names = await card.locator(".legend button").allInnerTexts();
  await card.locator(".legend button").first().click();
  const [file] = await Promise.all([page.waitForEvent("download"), card.getByRole("button", { name: /PNG/ }).click()]);
  expect((await readFile(await file.path())).subarray(1, 4).toString()).toBe("PNG");
  const texts = await page.evaluate(() => (window as unknown as { texts: { text: string; right: number; width: number }[] }).texts);
  const named = texts.map(({ text }) => text.trim());
  for (const name of names.slice(1)) expect(named).toContain(name.trim());
  expect(named, "hidden").not.toContain(names[0]?.trim());
  for (const { text, right, width } of texts) expect(right, text).toBeLessThanOrEqual(width);
});

/** What is left of red, green and blue in linear light, after Machado, Oliveira and Fernandes (2009). */
const CONES = {
  "all cones": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  "no red cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  "no green cones": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
};
type Triple = number[];

function linear(colour: Triple): Triple {
  return colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
}

function seen(colour: Triple, cones: number[][]): Triple {
  const light = linear(colour);
  return cones.map((row) => Math.min(1, Math.max(0, row.reduce((sum, part, at) => sum + part * (light[at] ?? 0), 0))));
}

function light(colour: Triple): number {
  const [red = 0, green = 0, blue = 0] = linear(colour);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function lab([red = 0, green = 0, blue = 0]: Triple): Triple {
  const root = (part: number) => (part > 0.008856 ? Math.cbrt(part) : 7.787 * part + 16 / 116);
  const x = root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047);
  const y = root(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** How far two colours are apart (CIE76). */
function distance(one: Triple, other: Triple): number {
  return Math.hypot(...one.map((part, at) => part - (other[at] ?? 0)));
}
