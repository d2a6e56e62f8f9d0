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
    await page.getByRole("main").getByRole("searchbox").fill(first);
    await page.locator("summary", { hasText: "Columns" }).click();
    await page.getByLabel("Phone").uncheck();
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page.locator("tbody th").first()).toHaveText(first);
    await expect(page.getByRole("columnheader", { name: "Phone" })).toHaveCount(0);
    if (javaScriptEnabled) expect(new URL(page.url()).searchParams.has("journey_status"), page.url()).toBe(false);
    await page.getByRole("link", { name: "Reset" }).first().click();
    await expect(page.getByRole("main").getByRole("searchbox")).toHaveValue("");
    await expect(page.locator("th[aria-sort=ascending]"), "its order stays").toHaveText("Name");
    await expect(page.getByRole("columnheader", { name: "Phone" }), "and its columns").toHaveCount(0);
  });

  test(`pages lead back, and say how many rows there are, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("viewer", { javaScriptEnabled });
    await page.goto("/admin/appointments");
    const table = page.getByRole("region", { name: "Appointments" });
    const rows = page.locator("tbody tr");
    await expect(page.locator("#count")).toHaveText(/^(More than 1,000|[\d,]+) rows$/);
    await expect(table).toHaveAccessibleDescription(/rows$/);
    const pages = page.getByRole("navigation", { name: "Pages" });
    await expect(pages.getByRole("link", { name: "Previous page" })).toHaveCount(0);
    const read = async () => {
      await expect(rows).toHaveCount(50);
      return rows.allInnerTexts();
    };
    const first = await read();
    await pages.getByRole("link", { name: "Next page" }).click();
    await expect(page).toHaveURL(/[?&]after=/);
    const second = await read();
    expect(second).not.toEqual(first);
    await pages.getByRole("link", { name: "Next page" }).click();
    // By the keyboard: the links stand in the order in which they are read.
    await pages.getByRole("link", { name: "First page" }).focus();
    await page.keyboard.press("Tab");
    await expect(pages.getByRole("link", { name: "Previous page" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/[?&]before=/);
    expect(await read()).toEqual(second);
    if (javaScriptEnabled) expect(await violations(page)).toEqual([]);
    await pages.getByRole("link", { name: "Previous page" }).click();
    await expect(pages.getByRole("link", { name: "Previous page" })).toHaveCount(0);
    expect(await read()).toEqual(first);
  });

  test(`appointments are narrowed by names, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("viewer", { javaScriptEnabled });
    await page.goto("/admin/appointments");
    for (const column of ["branch_id", "staff_id", "service_id"]) {
      const select = page.locator(`select[name=${column}]`);
      const name = await select.locator("option").nth(1).innerText();
      await select.selectOption({ label: name });
      await page.getByRole("button", { name: "Show" }).click();
      await expect(select.locator("option:checked")).toHaveText(name);
      await expect(page.locator(".chip")).toHaveCount(0);
    }
    await expect(page).toHaveURL(/branch_id=\d+/);
    await page.getByRole("link", { name: "Reset" }).first().click();
    await expect(page).not.toHaveURL(/branch_id/);
  });
}

for (const width of [390, 1440]) {
  test(`the number of rows and the ways between pages fit, ${width} pixels wide`, async ({ as }) => {
    const page = await as("viewer", { viewport: { width, height: 844 } });
    await prefer(page, { language: "de" });
    await page.goto("/admin/appointments?status=completed");
    await page.getByRole("link", { name: "Nächste Seite" }).click();
    await expect(page.locator("#count")).toHaveText(/Zeilen$/);
    await expect(page.getByRole("link", { name: "Vorherige Seite" })).toBeVisible();
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over).toBeLessThanOrEqual(0);
  });
}
