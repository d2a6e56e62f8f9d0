// The search: anywhere, by keyboard alone, without a script, and for who hears the page.
import { expect, prefer, test, violations } from "../support/panel";

test("Ctrl-K finds a customer by keyboard alone", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin/customers");
  const name = (await page.locator("tbody tr").first().locator("td, th").first().innerText()).trim();
  await page.goto("/admin");
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: /Customers, appointments/ });
  await expect(field).toBeFocused();
  await expect(page.getByRole("option", { name: "Dashboard" })).toBeVisible();
  const [first = "", last = ""] = name.split(" ");
  await page.keyboard.type(`${last.slice(0, 4).toLowerCase()} ${first.toLowerCase()}`);
  const option = page.getByRole("option").filter({ hasText: name }).first();
  await expect(option).toBeVisible();
  await expect(field).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("ArrowDown");
  const meant = page.locator("[role=option][aria-selected=true]");
  await expect(meant).toHaveCount(1);
  await expect(field).toHaveAttribute("aria-activedescendant", (await meant.getAttribute("id")) ?? "");
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/admin\/customers\/\d+$/);
});

test("Esc closes, arrows go round, Enter without a choice leads to the page", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin/search?q=dash");
  await page.locator("[data-find]").click();
  const field = page.getByRole("combobox", { name: /Customers, appointments/ });
  await expect(page.getByRole("option").first()).toBeVisible();
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("option").last()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowDown");
  await expect(field).not.toHaveAttribute("aria-activedescendant");
  await page.keyboard.press("Escape");
  await expect(field).toBeHidden();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("polic");
  await expect(page.getByRole("option", { name: "Policies" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/admin\/search\?q=polic$/);
  await expect(page.getByRole("heading", { name: "Pages" })).toBeVisible();
});

test("an answer that comes late is dropped", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin/staff");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("option", { name: "Dashboard" })).toBeVisible();
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/admin/search/found?q=dash", async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  await page.keyboard.type("dash");
  await page.waitForRequest(/found\?q=dash/);
  await page.keyboard.press("Control+a");
  await page.keyboard.type("customers");
  await expect(page.getByRole("option", { name: "Customers" })).toBeVisible();
  release();
  await expect(page.getByRole("option", { name: "Dashboard" })).toHaveCount(0);
});

test("without JavaScript the field leads to a page of results", async ({ as }) => {
  const page = await as("viewer", { javaScriptEnabled: false });
  await page.goto("/admin");
  await page.locator("#find").fill("dash");
  await page.locator("#find").press("Enter");
  await expect(page).toHaveURL(/\/admin\/search\?q=dash$/);
  await page.getByRole("main").getByRole("link", { name: "Dashboard" }).click();
  await expect(page).toHaveURL(/\/admin$/);
});

for (const theme of ["light", "dark"]) {
  test(`the page of results is for everybody, ${theme}, in German, on a phone`, async ({ as }) => {
    const page = await as("viewer", { viewport: { width: 390, height: 844 } });
    await prefer(page, { theme, language: "de" });
    await page.goto("/admin/search?q=a");
    await expect(page.getByRole("heading", { name: "Kunden" })).toBeVisible();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.goto("/admin/search?q=zzzzz");
    await expect(page.getByText("wurde nichts gefunden")).toBeVisible();
    await page.locator("[data-find]").click();
    await expect(page.getByRole("option").first()).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });
}
