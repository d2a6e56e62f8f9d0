// Files of lists: by a link alone without a script; with one, a bar says how far a file is.
import { readFile } from "node:fs/promises";

import { expect, prefer, test, violations } from "../support/panel";

for (const javaScriptEnabled of [true, false]) {
  test(`a list is saved as CSV, JSON and a workbook, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("viewer", { javaScriptEnabled });
    await page.goto("/admin/customers?journey_status=vip");
    const rows = await page.locator("tbody tr").count();
    for (const [name, ending] of [
      ["CSV", "csv"],
      ["JSON", "json"],
      ["Excel", "xlsx"],
    ]) {
      await page.locator("summary", { hasText: "Export" }).click();
      const saving = page.waitForEvent("download");
      await page.getByRole("link", { name: `${name} file of this list` }).click();
      const file = await saving;
      expect(file.suggestedFilename()).toMatch(new RegExp(`^customers_\\d{4}-\\d\\d-\\d\\d_\\d{6}\\.${ending}$`));
      const content = await readFile(await file.path());
      if (ending === "csv") expect(content.toString().trim().split("\r\n").length).toBeGreaterThan(Math.min(rows, 49));
      if (ending === "xlsx") expect(content.subarray(0, 2).toString()).toBe("PK");
      if (javaScriptEnabled) await expect(page.locator("[data-export-progress]")).toBeHidden();
      else await page.locator("summary", { hasText: "Export" }).click();
    }
  });
}

test("a file that takes its time says how far it is, and can be left", async ({ as }) => {
  const page = await as("viewer");
  let asked = "";
  await page.route("**/admin/customers/export*", async (route) => {
    asked = (await route.request().headerValue("rollcall-count")) ?? "";
    // It never answers: the file is on its way until somebody leaves it.
  });
  await page.goto("/admin/customers");
  await page.locator("summary", { hasText: "Export" }).click();
  await page.getByRole("link", { name: "CSV file of this list" }).click();
  const progress = page.locator("[data-export-progress]");
  await expect(progress.getByRole("progressbar")).toBeVisible();
  expect(asked).toBe("yes");
  await progress.getByRole("button", { name: "Cancel" }).click();
  await expect(progress).toBeHidden();
});

test("a file that breaks off is told, and the policies have their analytics", async ({ as }) => {
  const page = await as("manager");
  await page.route("**/admin/policies/export*", (route) => route.abort());
  await page.goto("/admin/policies");
  await page.locator("summary", { hasText: "Export" }).click();
  await page.getByRole("link", { name: "CSV file of this list" }).click();
  await expect(page.locator("[data-export-progress] [role=status]")).toContainText("Please try again");
  await page.locator("summary", { hasText: "Export" }).click();
  const saving = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV file of the policy analytics" }).click();
  const csv = (await readFile(await (await saving).path())).toString();
  expect(csv).toContain("policy_type,violations");
});

for (const theme of ["light", "dark"]) {
  test(`the menu of files is accessible (${theme})`, async ({ as }) => {
    const page = await as("admin", { viewport: { width: 390, height: 844 } });
    await prefer(page, { theme });
    await page.goto("/admin/policies");
    await page.locator("summary", { hasText: "Export" }).click();
    expect(await violations(page)).toEqual([]);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over).toBeLessThanOrEqual(0);
    const menu = await page.locator(".menu-list").boundingBox();
    expect(menu?.x, "all of it can be seen").toBeGreaterThanOrEqual(0);
    expect((menu?.x ?? 0) + (menu?.width ?? 0)).toBeLessThanOrEqual(390);
  });
}
