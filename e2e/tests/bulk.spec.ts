// Many rows at once: ticked or all that match, watched until it is over, and taken back.
import { expect, test, violations } from "../support/panel";

for (const javaScriptEnabled of [true, false]) {
  // Each its own rows: they run at the same time.
  const list = javaScriptEnabled ? "services" : "staff";
  test(`${list} are switched off together and on again, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("manager2", { javaScriptEnabled });
    await page.goto(`/admin/${list}?is_active=true`);
    const boxes = page.locator("tbody .tick input");
    await boxes.first().check();
    await boxes.nth(1).check();
    if (javaScriptEnabled) {
      await expect(page.locator("[data-ticked]")).toHaveText("2 rows ticked");
      expect(await violations(page)).toEqual([]);
    }
    await page.getByLabel("With the ticked rows").selectOption("deactivate");
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.locator("#ask-title")).toHaveText("2 rows that you ticked");
    if (javaScriptEnabled) expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Switch off" }).click();
    await expect(page).toHaveURL(/\/admin\/bulk\//);
    await expect(page.locator("#bulk-title")).toHaveText("Finished: 2 of 2 done", { timeout: 15_000 });
    if (javaScriptEnabled) expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Undo: Switch on" }).click();
    await expect(page.locator("#bulk-title")).toHaveText("Finished: 2 of 2 done", { timeout: 15_000 });
  });
}

test("all boxes of a page are one", async ({ as }) => {
  const page = await as("manager2");
  await page.goto("/admin/customers");
  const go = page.getByRole("button", { name: "Continue" });
  await expect(go).toBeDisabled();
  await page.getByLabel("Tick all rows of this page").check();
  const all = await page.locator("tbody .tick input").count();
  await expect(page.locator("[data-ticked]")).toHaveText(`${all} rows ticked`);
  await page.locator("tbody .tick input").first().uncheck();
  await expect(page.locator("[data-ticked]")).toHaveText(`${all - 1} rows ticked`);
  await page.getByLabel("All that match").check();
  await expect(page.locator("[data-ticked]")).toBeEmpty();
  await expect(go).toBeEnabled();
});

test("viewers have no boxes", async ({ as }) => {
  const page = await as("viewer2");
  await page.goto("/admin/customers");
  await expect(page.locator(".tick")).toHaveCount(0);
});

test("on a phone a list with boxes is no wider than the screen", async ({ as }) => {
  const page = await as("manager2", { viewport: { width: 390, height: 844 } });
  for (const list of ["appointments", "customers", "policies", "services"]) {
    await page.goto(`/admin/${list}`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over, list).toBeLessThanOrEqual(0);
  }
});
