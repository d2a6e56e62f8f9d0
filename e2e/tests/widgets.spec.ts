// One widget at a time: filters, sorting, charts, files; by mouse, by keyboard, and without JavaScript.
import { readFile } from "node:fs/promises";

import { expect, seeAll, test, violations } from "../support/panel";

test("a filter changes its widget and the address; reload and back agree", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin?time_analytics.by=hour");
  const trend = page.locator("#policy_trend");
  const rows = trend.locator("tbody tr");
  await expect(rows).toHaveCount(30);
  const requests: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));

  await trend.getByRole("button", { name: "90 days" }).click();
  await expect(rows).toHaveCount(90);
  await expect(page).toHaveURL(/policy_trend\.days=90/);
  await expect(page, "the others keep theirs").toHaveURL(/time_analytics\.by=hour/);
  const asked = requests.filter((path) => path.startsWith("/admin"));
  expect(asked, "one fragment, and not the page").toEqual(["/admin/widgets/policy_trend"]);
  await expect(trend.getByRole("button", { name: "90 days" }), "the focus stays").toBeFocused();
  await expect(trend.locator("canvas")).toHaveAttribute("width", /^[1-9]/);

  await page.locator("#customer_compliance select").selectOption("vip");
  await expect(page).toHaveURL(/policy_trend\.days=90.*customer_compliance\.journey=vip/);
  await page.reload();
  await expect(rows).toHaveCount(90);
  await expect(page.locator("#customer_compliance select")).toHaveValue("vip");
  await page.goBack();
  await expect(page.locator("#customer_compliance select")).toHaveValue("all");
  await expect(rows).toHaveCount(90);
  await page.goBack();
  await expect(rows).toHaveCount(30);
});

test("a heading sorts its table, and turns it round", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin");
  const table = page.locator("#customer_compliance table");
  const emails = () => table.locator("tbody td:first-child").allInnerTexts();
  await table.getByRole("link", { name: "Email" }).click();
  await expect(table.locator("th[aria-sort=ascending]")).toHaveText("Email");
  const ascending = (await emails()).filter((email) => email !== "–");
  expect(ascending.length).toBeGreaterThan(3);
  expect(ascending).toEqual([...ascending].sort());
  await table.getByRole("link", { name: "Email" }).click();
  await expect(table.locator("th[aria-sort=descending]")).toHaveText("Email");
  expect((await emails()).filter((email) => email !== "–")).toEqual(ascending.toReversed());
  await expect(page).toHaveURL(/customer_compliance\.sort=email.*customer_compliance\.dir=desc/);
});

test("a tooltip shows all series of a point, and the legend takes one away", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin");
  const trend = page.locator("#policy_trend");
  await seeAll(page);
  await trend.locator("canvas").hover();
  const tip = trend.locator(".tip.is-shown");
  await expect(tip.locator("span")).toHaveText([/^Violations\d+$/, /^Cancellations\d+$/, /^Reschedules\d+$/, /^Violations, before/, /^Cancellations, before/, /^Reschedules, before/]);
  const day = await tip.locator("strong").innerText();
  const row = trend.locator("tbody tr", { has: page.locator("th", { hasText: day }) });
  const figures = await row.locator("td").allTextContents();
  await expect(tip.locator("b"), "the same figures as in the table").toHaveText(figures);

  const legend = trend.getByRole("button", { name: "Cancellations", exact: true });
  await legend.focus();
  await page.keyboard.press("Space");
  await expect(legend).toHaveAttribute("aria-pressed", "false");
  await page.mouse.move(0, 0);
  await trend.locator("canvas").hover();
  await expect(tip.locator("span")).toHaveText([/^Violations/, /^Reschedules/, /^Violations, before/, /^Cancellations, before/, /^Reschedules, before/]);
});

test("figures, CSV and picture are one click away", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin");
  const trend = page.locator("#policy_trend");
  await seeAll(page);
  await expect(trend.locator("table")).toBeHidden();
  await trend.getByRole("button", { name: "Figures" }).click();
  await expect(trend.locator("table")).toBeVisible();
  await expect(trend.locator("tr[data-today]")).toHaveCount(1);

  const csv = await save(() => trend.getByRole("link", { name: /CSV/ }).click());
  expect(csv.name).toMatch(/^policy_trend_\d{4}-\d\d-\d\d_\d{6}\.csv$/);
  const lines = csv.content.toString("utf8").split("\r\n");
  expect(lines[0]).toMatch(/^Day,Violations,Cancellations,Reschedules,"Violations, before"/);
  expect(lines).toHaveLength(32);
  expect(lines[30]).toMatch(/^\d{4}-\d\d-\d\d(,\d+){4,6}$/);

  const drawing = await save(() => trend.getByRole("link", { name: /SVG/ }).click());
  expect(drawing.name).toMatch(/\.svg$/);
  expect(drawing.content.toString("utf8")).toMatch(/^<svg .*<title>Policy trend<\/title>/);
  const picture = await save(() => trend.getByRole("button", { name: /PNG/ }).click());
  expect(picture.name).toMatch(/\.png$/);
  expect(picture.content.subarray(1, 4).toString()).toBe("PNG");

  async function save(act: () => Promise<void>) {
    const [file] = await Promise.all([page.waitForEvent("download"), act()]);
    return { name: file.suggestedFilename(), content: await readFile(await file.path()) };
  }
});

test("by keyboard alone: skip, filter, see where one is", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
  const seen: string[] = [];
  for (let step = 0; step < 80; step += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return { what: element.outerHTML.slice(0, 80), id: element.id, visible: outlineStyle !== "none" && outlineWidth !== "0px" };
    });
    expect(at.visible, `the focus is seen on ${at.what}`).toBe(true);
    seen.push(at.id);
    if (at.id === "filter-policy_trend-days-90") break;
  }
  expect(seen).toContain("filter-policy_trend-days-90");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/policy_trend\.days=90/);
});

test("a widget that cannot be fetched leaves the rest alone and says so", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin");
  const headers = { "x-request-id": "request-of-the-test" };
  await page.route("**/admin/widgets/policy_trend*", (route) => route.fulfill({ status: 500, body: "no", headers }));
  const trend = page.locator("#policy_trend");
  await trend.getByRole("button", { name: "90 days" }).click();
  await expect(trend.getByRole("alert")).toContainText("“Policy trend” could not be loaded. The rest of the page is up to date.");
  await expect(trend.locator(".failure-id code")).toHaveText("request-of-the-test");
  await expect(trend.locator("tbody tr"), "what was there stays").toHaveCount(30);
  await expect(page.locator(".failure"), "on this card alone").toHaveCount(1);
  expect(await violations(page)).toEqual([]);
  await trend.getByRole("link", { name: "Try again" }).click();
  await expect(page.locator(".failure"), "failed again, said once").toHaveCount(1);
  await page.unroute("**/admin/widgets/policy_trend*");
  await trend.getByRole("link", { name: "Try again" }).click();
  await expect(trend.locator("tbody tr"), "what was asked for first").toHaveCount(90);
  await expect(page.locator(".failure")).toHaveCount(0);
  await expect(trend.locator("h2"), "the focus is not lost").toBeFocused();
  await expect(page).toHaveURL(/policy_trend\.days=90/);

  await page.route("**/admin/widgets/customer_compliance*", (route) => route.abort());
  await page.locator("#customer_compliance select").selectOption("vip");
  await expect(page.locator("#customer_compliance .failure")).toBeVisible();
  await expect(page.locator("#customer_compliance .failure-id"), "there was no answer").toBeHidden();
  await expect(page.locator("#customer_compliance select"), "as the figures are").toHaveValue("all");
});

test("signed out meanwhile, a filter leads to the sign-in page", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin");
  await page.context().clearCookies();
  await page.locator("#policy_trend").getByRole("button", { name: "90 days" }).click();
  await expect(page).toHaveURL(/\/login/);
  await expect(page.locator("#password")).toBeVisible();
});

test("without JavaScript there are tables, and filters by form", async ({ as }) => {
  const page = await as("admin", { javaScriptEnabled: false });
  await page.goto("/admin?time_analytics.by=hour");
  await expect(page.locator("#policy_trend table")).toBeVisible();
  await expect(page.locator("#policy_trend canvas")).toBeHidden();
  await expect(page.locator(".tools button:visible")).toHaveCount(0);
  await page.locator("#policy_trend").getByRole("button", { name: "90 days" }).click();
  await expect(page).toHaveURL(/time_analytics\.by=hour&policy_trend\.days=90#policy_trend$/);
  await expect(page.locator("#policy_trend tbody tr")).toHaveCount(90);
  await page.locator("#customer_compliance select").selectOption("vip");
  await page.locator("#customer_compliance").getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/policy_trend\.days=90.*customer_compliance\.journey=vip/);
  await page.locator("#customer_compliance").getByRole("link", { name: "Email" }).click();
  await expect(page).toHaveURL(/customer_compliance\.journey=vip.*customer_compliance\.sort=email/);
});

test("the system's theme is followed while the page is open", async ({ as }) => {
  const page = await as("admin", { colorScheme: "light" });
  await page.goto("/admin");
  await seeAll(page);
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const picture = () => page.locator("#violations_by_type canvas").evaluate((it: HTMLCanvasElement) => it.toDataURL());
  const [light, drawnLight] = [await ground(), await picture()];
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(ground).not.toBe(light);
  await expect.poll(picture, "the charts too").not.toBe(drawnLight);
});

test("what takes long is seen to load, but not at once", async ({ as }) => {
  const page = await as("viewer");
  await page.goto("/admin");
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/admin/widgets/policy_trend*", async (route) => {
    await held;
    await route.continue();
  });
  await page.locator("#policy_trend").getByRole("button", { name: "90 days" }).click();
  const skeleton = () =>
    page.locator("#policy_trend > .card-body").evaluate((body) => {
      const { animationDelay, opacity } = getComputedStyle(body, "::after");
      return { delay: animationDelay.split(",")[0], seen: Number(opacity) > 0.5 };
    });
  await expect.poll(skeleton).toEqual({ delay: "0.15s", seen: true });
  await expect(page.locator("#policy_trend")).toHaveAttribute("aria-busy", "true");
  answer();
  await expect(page.locator("#policy_trend tbody tr")).toHaveCount(90);
});
