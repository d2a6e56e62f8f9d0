// The dashboard to one's taste: narrowed, arranged, on a wall, and from figures to their rows.
import { expect, test, violations } from "../support/panel";

test("a period and a branch narrow all widgets, stay in the address, and are taken back", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin");
  const staff = page.locator("#staff_performance");
  await page.getByLabel("Period", { exact: true }).selectOption("7d");
  await expect(page).toHaveURL(/\/admin\?period=7d$/);
  await expect(page.locator("#policy_trend tbody tr")).toHaveCount(7);
  await page.locator("#policy_trend").getByRole("button", { name: "90 days" }).click();
  await expect(page.locator("#policy_trend tbody tr")).toHaveCount(90);
  await page.getByLabel("Branch", { exact: true }).selectOption({ index: 1 });
  await expect(page).toHaveURL(/policy_trend\.days=90/);
  await expect(page).toHaveURL(/period=7d&branch=\d+/);
  await expect(page.locator("#customer_journey")).toContainText("belongs to no branch");
  await expect(staff.locator("[data-stat=active_staff] data")).not.toHaveText("0");
  expect(await violations(page)).toEqual([]);
  await page.getByRole("link", { name: "Reset" }).click();
  await expect(page).toHaveURL(/\/admin\?policy_trend\.days=90$/);
});

test("without JavaScript the form and the files work", async ({ as }) => {
  const page = await as("viewer", { javaScriptEnabled: false });
  await page.goto("/admin");
  await page.getByLabel("Period", { exact: true }).selectOption("last_month");
  await page.locator(".narrow").getByRole("button").click();
  await expect(page).toHaveURL(/period=last_month/);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.locator("#policy_trend").getByRole("link", { name: /CSV/ }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/^policy_trend_.*\.csv$/);
});

test("a figure leads to its rows", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin");
  const failed = page.locator("#notification_overview [data-stat=failed] a.rows");
  const count = Number(await failed.getAttribute("data-rows"));
  await failed.click();
  await expect(page).toHaveURL(/\/admin\/notifications\?created_at_from=.*status=failed/);
  await expect(page.locator("tbody tr")).toHaveCount(Math.min(count, 50));
});

test("widgets are arranged by keyboard, and go back", async ({ as }) => {
  const page = await as("viewer2");
  await page.goto("/admin");
  await page.getByRole("link", { name: "Arrange" }).click();
  expect(await violations(page)).toEqual([]);
  const down = page.getByRole("button", { name: "Move “Policies at a glance” down" });
  await down.focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".arrange-item").nth(1)).toContainText("Policies at a glance");
  await expect(down).toBeFocused();
  await page.getByRole("button", { name: "Hide “Customer journey”" }).click();
  await page.getByRole("link", { name: "To the dashboard" }).click();
  await expect(page.locator(".card").first()).toHaveAttribute("id", "notification_overview");
  await expect(page.locator("#customer_journey")).toHaveCount(0);
  await page.getByRole("link", { name: "Arrange" }).click();
  await page.getByRole("button", { name: "Back to the usual order" }).click();
  await page.goto("/admin");
  await expect(page.locator(".card").first()).toHaveAttribute("id", "policy_overview");
});

test("a wall shows figures alone, and Esc leads back", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin?period=30d");
  await page.getByRole("link", { name: "Wall display" }).click();
  await expect(page.locator("#clock")).toHaveText(/\d\d?:\d\d/);
  await expect(page.getByRole("navigation")).toBeHidden();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/admin\?period=30d$/);
});

test("every figure of the demo leads to as many rows as it says", async ({ as }) => {
  const page = await as("viewer2");
  for (const address of ["/admin", "/admin?period=last_month"]) {
    await page.goto(address);
    const links = await page.locator("a.rows:is([data-rows], [data-sum])").evaluateAll((all) =>
      all.map((link) => [link.getAttribute("href") ?? "", { ...(link as HTMLElement).dataset }] as const),
    );
    expect(links.length).toBeGreaterThan(40);
    for (const [href, { rows, sum }] of new Map(links)) {
      const [path, query = ""] = href.split("?");
      const answer = await page.request.get(`${path}/export?${query}&format=json`);
      expect(answer.ok(), href).toBe(true);
      const found = (await answer.json()) as { count?: number }[];
      if (rows !== undefined) expect(found.length, href).toBe(Number(rows));
      else expect(found.reduce((all, row) => all + (row.count ?? 0), 0), href).toBe(Number(sum));
    }
  }
});
