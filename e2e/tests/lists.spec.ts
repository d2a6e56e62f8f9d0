// Lists: narrowed by their form with and without a script, ordered by their headings, paged by links, in a bearable address.
import { expect, prefer, test, violations } from "../support/panel";

const LISTS = [
  "appointments",
  "customers",
  "policies",
  "notifications",
  "notification-configurations",
  "staff",
  "branches",
  "services",
  "users",
  "violations",
  "modifications",
  "audit",
];

for (const theme of ["light", "dark"]) {
  test(`every list is accessible (${theme})`, async ({ as }) => {
    const page = await as("admin");
    await prefer(page, { theme });
    for (const list of LISTS) {
      await page.goto(`/admin/${list}`);
      await expect(page.locator("nav [aria-current=page]")).toHaveAttribute("href", `/admin/${list}`);
      expect(await violations(page), list).toEqual([]);
    }
  });
}

test("on a phone no list is wider than the screen", async ({ as }) => {
  const page = await as("viewer", { viewport: { width: 390, height: 844 } });
  for (const list of LISTS.filter((list) => !["users", "audit"].includes(list))) {
    await page.goto(`/admin/${list}`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over, list).toBeLessThanOrEqual(0);
  }
});

for (const javaScriptEnabled of [true, false]) {
  test(`the first column alone can be chosen, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("viewer", { javaScriptEnabled });
    await page.goto("/admin/customers");
    await page.locator("summary", { hasText: "Columns" }).click();
    const ticked = page.locator("input[type=checkbox][name=column]:checked:enabled");
    // One after another: each that is unticked leaves the list.
    while ((await ticked.count()) > 0) await ticked.first().uncheck();
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page.getByRole("columnheader")).toHaveCount(1);
    if (javaScriptEnabled) {
      await page.goto("/admin/customers");
      await page.getByRole("button", { name: "Show" }).click();
      await expect(page, "the usual columns have no place in the address").toHaveURL(/\/admin\/customers\??$/);
    }
  });

  test(`a list is searched, ordered, paged and reset, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("viewer", { javaScriptEnabled });
    await page.goto("/admin/customers");
    await page.getByRole("link", { name: "Name" }).click();
    const first = await page.locator("tbody th").first().innerText();
    await page.getByRole("link", { name: "Next page" }).click();
    await expect(page.locator("tbody th").first()).not.toHaveText(first);
    await page.getByRole("link", { name: "First page" }).click();
    await expect(page.locator("tbody th").first()).toHaveText(first);
    await page.getByRole("searchbox").fill(first);
    await page.locator("summary", { hasText: "Columns" }).click();
    await page.getByLabel("Phone").uncheck();
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page.locator("tbody th").first()).toHaveText(first);
    await expect(page.getByRole("columnheader", { name: "Phone" })).toHaveCount(0);
    if (javaScriptEnabled) expect(new URL(page.url()).searchParams.has("journey_status"), page.url()).toBe(false);
    await page.getByRole("link", { name: "Reset" }).first().click();
    await expect(page.getByRole("searchbox")).toHaveValue("");
    await expect(page.locator("th[aria-sort=ascending]"), "its order stays").toHaveText("Name");
    await expect(page.getByRole("columnheader", { name: "Phone" }), "and its columns").toHaveCount(0);
  });
}
