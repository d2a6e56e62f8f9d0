// Logs: what stands in them can be read on every screen, without scrolling sideways and without the colours.
import { expect, prefer, test, violations, type Person } from "../support/panel";

const LOGS: [Person, string][] = [
  ["operator", "/admin/operations/security"],
];

for (const [person, path] of LOGS) {
  for (const [width, theme] of [
    [1280, "light"],
    [1280, "dark"],
    [390, "light"],
    [390, "dark"],
  ] as const) {
    test(`${path} fits at ${width} px (${theme}) and axe finds nothing`, async ({ as }) => {
      const page = await as(person, { viewport: { width, height: 900 } });
      await prefer(page, { theme });
      await page.goto(path);
      const table = page.locator(".table.log");
      await expect(table.locator("tbody tr").first()).toBeVisible();
      for (const summary of (await table.locator("summary").all()).slice(0, 3)) await summary.click();
      const wide = await page.evaluate(() => {
        const box = document.querySelector(".table-scroll");
        return [document.documentElement, box].map((it) => (it ? it.scrollWidth - it.clientWidth : -1));
      });
      expect(wide, "what goes beyond the page and its table").toEqual([0, 0]);
      expect(await violations(page)).toEqual([]);
    });
  }
}

test("the audit log has its German name, in the navigation too", async ({ as }) => {
  const page = await as("admin2");
  await prefer(page, { language: "de" });
  await page.goto("/admin/audit");
  await expect(page.locator("h1")).toHaveText("Änderungsprotokoll");
  await expect(page.locator("nav [aria-current=page]")).toContainText("Änderungsprotokoll");
});
