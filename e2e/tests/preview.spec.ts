// What a policy would have done, from its form: by htmx into the page, and as a page of its own without a script.
import { expect, prefer, test, violations } from "../support/panel";

for (const javaScriptEnabled of [true, false]) {
  test(`a policy's values are tried before they are saved, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("manager2", { javaScriptEnabled });
    await page.goto("/admin/policies?policy_type=cancellation&configurable_type=company");
    await page.locator("tbody th a").first().click();
    await expect(page.locator("#standing")).toContainText("Applies to:");
    await page.getByRole("link", { name: "Edit" }).click();
    const notice = page.getByLabel("Notice, in hours");
    const before = await notice.inputValue();
    await notice.fill("2000");
    await page.getByRole("button", { name: "Preview" }).click();
    const panel = page.locator("#preview");
    await expect(panel.getByRole("heading", { name: "What would have happened" })).toBeVisible();
    await expect(panel.getByRole("row", { name: /^Denied/ })).toBeVisible();
    await expect(notice).toHaveValue("2000");
    if (javaScriptEnabled) expect(await violations(page)).toEqual([]);
    await notice.fill("1.2.3");
    await page.getByRole("button", { name: "Preview" }).click();
    if (javaScriptEnabled) await expect(panel.getByRole("alert")).toContainText("some values will not do");
    else await expect(notice).toHaveAttribute("aria-invalid", "true");
    // Nothing was saved.
    const there = await as("manager2", { javaScriptEnabled: false });
    await there.goto(page.url().replace("/preview", "/edit"));
    await expect(there.getByLabel("Notice, in hours")).toHaveValue(before);
  });
}

test("a preview that succeeds takes away that nothing was saved", async ({ as }) => {
  const page = await as("manager2");
  await page.goto("/admin/policies?policy_type=cancellation&configurable_type=company");
  await page.locator("tbody th a").first().click();
  await page.getByRole("link", { name: "Edit" }).click();
  const notice = page.getByLabel("Notice, in hours");
  await notice.fill("1.2.3");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.locator("#refused")).toBeVisible();
  await notice.fill("24");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.locator("#preview h2")).toBeVisible();
  await expect(page.locator("#refused")).toBeEmpty();
});

test("the preview fits a phone, in the dark and in German", async ({ as }) => {
  const page = await as("manager2", { viewport: { width: 390, height: 844 } });
  await prefer(page, { theme: "dark", language: "de" });
  await page.goto("/admin/policies?policy_type=cancellation&configurable_type=company");
  await page.locator("tbody th a").first().click();
  await page.getByRole("link", { name: "Bearbeiten" }).click();
  await page.getByRole("button", { name: "Vorschau" }).click();
  await expect(page.locator("#preview h2")).toHaveText("Was geschehen wäre");
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wider, "nothing sticks out").toBeLessThanOrEqual(0);
  expect(await violations(page)).toEqual([]);
});
