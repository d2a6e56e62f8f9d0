// Reports by mail: made, paused, sent at once, deleted; by keyboard and without a script too.
import { expect, prefer, test, violations } from "../support/panel";

for (const javaScriptEnabled of [true, false]) {
  test(`a report is made, changed and deleted, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("manager2", { javaScriptEnabled });
    const name = `Report ${javaScriptEnabled ? "with" : "without"} a script`;
    await page.goto("/admin");
    await page.getByRole("link", { name: "Reports by mail" }).click();
    if (javaScriptEnabled) expect(await violations(page)).toEqual([]);
    await page.getByRole("link", { name: "New report" }).click();
    await page.getByLabel("Name").first().fill(name);
    await page.getByLabel("When").selectOption("monthly");
    await page.getByLabel("Day of the month").fill("31");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.locator("#error-recipient")).toContainText("Choose 1 to 50 people.");
    if (javaScriptEnabled) expect(await violations(page)).toEqual([]);
    await page.locator("input[name=recipient]").first().check();
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.locator("main [role=status]").first()).toContainText("Created.");
    const row = page.getByRole("row", { name: new RegExp(name) }).first();
    await expect(row).toContainText("Day 31 of the month at 07:00");
    await row.getByRole("button", { name: /Pause/ }).click();
    await expect(row).toContainText("Paused");
    await row.getByRole("button", { name: /Resume/ }).click();
    await expect(row).not.toContainText("Paused");
    await row.getByRole("button", { name: /Send now/ }).click();
    await expect(page.locator("#history")).toContainText(name);
    await row.getByRole("link", { name }).click();
    await page.getByRole("button", { name: "Delete the report" }).click();
    await expect(page.locator("#reports-title")).toBeVisible();
    await expect(page.getByRole("row", { name: new RegExp(name) })).toHaveCount(0);
  });
}

test("the form of a report fits a phone, in the dark and in German", async ({ as }) => {
  const page = await as("manager2", { viewport: { width: 390, height: 844 } });
  await prefer(page, { theme: "dark", language: "de" });
  await page.goto("/admin/reports/new");
  await expect(page.locator("h1")).toHaveText("Neu: Bericht");
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wider, "nothing sticks out").toBeLessThanOrEqual(0);
  expect(await violations(page)).toEqual([]);
});

test("a viewer sees no reports", async ({ as }) => {
  const page = await as("viewer2");
  const answer = await page.goto("/admin/reports");
  expect(answer?.status()).toBe(403);
  await expect(page.getByRole("link", { name: "Reports by mail" })).toHaveCount(0);
});
