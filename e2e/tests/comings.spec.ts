// Ways back, what is kept, and room for it: filters, forms whose session ended, narrow screens, long names, walls.
import type { Page } from "@playwright/test";

import { PASSWORD, PEOPLE, enter, expect, prefer, test, violations } from "../support/panel";

/** Whether what stands in the top bar lies on top of each other, or is cut off by the window. */
async function overlaps(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const parts = [...document.querySelectorAll<HTMLElement>(".top .select, .top .link-button, .top-period, .find-button, .top .bell, .top .person, .top-company, .top-menu")];
    const shown = parts.filter((it) => it.checkVisibility()).map((it) => [it, it.getBoundingClientRect()] as const);
    const found: string[] = [];
    for (const [i, [one, a]] of shown.entries()) {
      if (a.right > innerWidth + 1 || a.left < -1) found.push(`${one.className} leaves the window`);
      for (const [other, b] of shown.slice(i + 1)) {
        const apart = a.right <= b.left + 0.5 || b.right <= a.left + 0.5 || a.bottom <= b.top + 0.5 || b.bottom <= a.top + 0.5;
        if (!apart) found.push(`${one.className} / ${other.className}`);
      }
    }
    return found;
  });
}

for (const person of ["admin", "operator"] as const) {
  test(`the top bar has room for what stands in it (${person})`, async ({ as }) => {
    const page = await as(person);
    for (const language of ["de", "en"]) {
      await prefer(page, { language });
      for (const width of [390, 820, 1024, 1280, 1440, 1536, 1700, 1920]) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(person === "operator" ? "/admin?company=1&period=7d" : "/admin?branch=1&period=7d");
        expect(await overlaps(page), `${language}, ${width} px`).toEqual([]);
      }
    }
  });
}

test("the way back to a list leads to what was looked for, for the same company only", async ({ as }) => {
  const page = await as("admin2");
  await page.goto("/admin/customers?journey_status=vip");
  await page.locator("tbody th a").first().click();
  await expect(page).toHaveURL(/\/admin\/customers\/\d+$/);
  await page.getByRole("link", { name: "Back to the list" }).click();
  await expect(page).toHaveURL(/\/admin\/customers\?journey_status=vip$/);
  // The list that was looked at last, and without what it said once.
  await page.goto("/admin/customers");
  await page.locator("tbody th a").first().click();
  await page.getByRole("link", { name: "Back to the list" }).click();
  await expect(page).toHaveURL(/\/admin\/customers$/);
  // Whatever somebody wrote there: the path is the list's own.
  await page.evaluate(() => sessionStorage.setItem("rollcall.list:/admin/customers#", "https://example.com/?q=1"));
  await page.locator("tbody th a").first().click();
  await page.evaluate(() => sessionStorage.setItem("rollcall.list:/admin/customers#", "//example.com/"));
  await page.reload();
  await expect(page.getByRole("link", { name: "Back to the list" })).toHaveAttribute("href", "/admin/customers");
  const operator = await as("operator");
  await operator.goto("/admin/customers?company=1&journey_status=vip");
  await operator.goto("/admin/customers?company=2");
  await operator.locator("tbody th a").first().click();
  await operator.getByRole("link", { name: "Back to the list" }).click();
  await expect(operator).toHaveURL(/\/admin\/customers\?company=2$/);
});

test("whoever deletes a row is back where they were, and can take it back", async ({ as }) => {
  const page = await as("admin2");
  const name = `Branch to go ${Date.now()}`;
  await page.goto("/admin/branches/new");
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Save" }).click();
  await page.goto(`/admin/branches?q=${encodeURIComponent(name)}`);
  const list = page.url();
  await page.locator("tbody th a").first().click();
  await page.getByRole("link", { name: "Delete" }).click();
  await page.locator("#confirm").fill(name);
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Deleted" })).toBeVisible();
  await expect(page).toHaveURL(new URL(list).href.replaceAll("%20", "+"));
});

test("without JavaScript the way back leads to the list", async ({ as }) => {
  const page = await as("admin2", { javaScriptEnabled: false });
  await page.goto("/admin/customers?journey_status=vip");
  await page.locator("tbody th a").first().click();
  await page.getByRole("link", { name: "Back to the list" }).click();
  await expect(page).toHaveURL(/\/admin\/customers$/);
});

/** The names of what this tab remembers. */
async function kept(page: Page): Promise<string[]> {
  return page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith("rollcall.")));
}

/** Signs in by the form: what happens to this session concerns no other test. */
async function alone(page: Page, person: keyof typeof PEOPLE): Promise<void> {
  await page.context().clearCookies();
  await page.goto("/login");
  await enter(page, PEOPLE[person], PASSWORD);
  await expect(page).toHaveURL(/\/admin/);
}

test("what was typed when the session ended is offered again", async ({ as }) => {
  const page = await as("manager2");
  await alone(page, "manager2");
  await page.goto("/admin/branches");
  await page.locator("tbody th a").first().click();
  await page.getByRole("link", { name: "Edit" }).click();
  const before = await page.getByLabel("Name").inputValue();
  await page.getByLabel("Name").fill("Typed in vain");
  // The session ends elsewhere: the browser still has its cookie.
  const cookies = await page.context().cookies();
  const ended = cookies.map((cookie) => (cookie.name.includes("session") ? { ...cookie, value: `${cookie.value.slice(0, -4)}AAAA` } : cookie));
  await page.context().addCookies(ended);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByRole("alert")).toContainText("nothing of what you sent was saved");
  await expect(page.getByRole("alert")).toContainText("kept in this tab");
  expect(await violations(page)).toEqual([]);
  await enter(page, PEOPLE.manager2, PASSWORD);
  await expect(page).toHaveURL(/\/admin\/branches\/\d+/);
  await expect(page.getByLabel("Name"), "nothing is put in unasked").toHaveValue(before);
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Put it in again" }).click();
  await expect(page.getByLabel("Name")).toHaveValue("Typed in vain");
  await expect(page.getByText("Put in again, but not yet saved.")).toBeVisible();
  expect(await page.evaluate(() => sessionStorage.getItem("rollcall.draft"))).toBeNull();
});

test("what was typed is another's business neither after signing out nor for another person", async ({ as }) => {
  const page = await as("manager2");
  await alone(page, "manager2");
  await page.evaluate(() => {
    sessionStorage.setItem("rollcall.draft", JSON.stringify({ action: "/admin/branches/new##", tag: "", fields: [["name", "x"]], at: Date.now(), lost: true }));
    sessionStorage.setItem("rollcall.list:/admin/customers#", "?q=secret");
  });
  // Somebody else signs in, in the same tab.
  await alone(page, "admin2");
  await page.goto("/admin/branches/new");
  await expect(page.getByRole("button", { name: "Put it in again" })).toHaveCount(0);
  expect(await kept(page)).toEqual(["rollcall.who"]);
  await page.goto("/admin/customers?q=a");
  await page.getByRole("button", { name: /account and preferences/ }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login/);
  expect(await kept(page)).toEqual([]);
});

test("what was saved is kept no longer", async ({ as }) => {
  const page = await as("manager2");
  await page.goto("/admin/branches/new");
  await page.getByLabel("Name").fill(`Branch ${Date.now()}`);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL(/\/admin\/branches\/\d+/);
  expect(await page.evaluate(() => sessionStorage.getItem("rollcall.draft"))).toBeNull();
  await page.goto("/admin/branches/new");
  await expect(page.getByRole("button", { name: "Put it in again" })).toHaveCount(0);
});

for (const width of [820, 1024, 1180]) {
  test(`on a tablet the navigation has words, in a sheet (${width} px)`, async ({ as }) => {
    const page = await as("admin", { viewport: { width, height: 900 } });
    await page.goto("/admin");
    const [nav, word] = [page.locator("#nav"), page.locator("#nav .side-word").nth(2)];
    const size = (of: typeof word) => of.evaluate((it) => it.getBoundingClientRect().width);
    const main = await size(page.locator("main"));
    expect(await size(word)).toBeLessThan(2);
    await page.getByRole("button", { name: "Open navigation" }).click();
    expect(await size(word)).toBeGreaterThan(20);
    expect(await size(page.locator("main")), "the page stays where it is").toBe(main);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    expect(await size(word)).toBeLessThan(2);
    await page.getByRole("button", { name: "Open navigation" }).click();
    await nav.getByRole("link", { name: /^Customers/ }).click();
    await expect(page.locator("h1")).toHaveText("Customers");
  });
}

test("a very long name leaves the other columns their place", async ({ as }) => {
  const page = await as("admin2");
  const name = `Longbranch${"w".repeat(230)}${Date.now()}`;
  await page.goto("/admin/branches/new");
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Save" }).click();
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await expect(page).toHaveURL(/\/admin\/branches\/\d+/);
  const record = new URL(page.url()).pathname;
  for (const width of [390, 820, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(record);
    expect(await wide(), `record, ${width} px`).toBe(0);
    await page.goto("/admin/branches?q=Longbranch");
    expect(await wide(), `list, ${width} px`).toBe(0);
    const [has, height] = await page.locator("tbody th").first().evaluate((it) => [it.getBoundingClientRect().width, it.clientHeight]);
    expect(height, `${width} px`).toBeLessThan(80);
    const hidden = await page.locator(".list .table-scroll").evaluate((it) => it.scrollWidth - it.clientWidth);
    // On a phone a table scrolls in any case.
    if (width > 800) expect(hidden, `${width} px`).toBe(0);
    else expect(has).toBeLessThan(width * 0.6);
  }
  await page.goto(`${record}/delete`);
  await page.locator("#confirm").fill(name);
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/admin\/branches\?/);
});

test("a wall turns its pages, cuts no card off, and stands still when told", async ({ as }) => {
  const page = await as("viewer", { viewport: { width: 1920, height: 1080 } });
  await page.goto("/admin?wall=1&every=5");
  const turn = page.getByRole("group", { name: "Pages" });
  await expect(turn).toContainText(/1 of \d+/);
  const all = Number(/of (\d+)/.exec((await turn.textContent()) ?? "")?.[1]);
  const seen = new Set<string>();
  for (let n = 0; n < all; n += 1) {
    const cards = page.locator(".card:visible");
    const places = await cards.evaluateAll((found) => found.map((it) => [it.id, it.getBoundingClientRect().bottom] as const));
    for (const [id, bottom] of places) {
      expect(bottom, `${id} on page ${n + 1}`).toBeLessThanOrEqual(1080);
      seen.add(id);
    }
    await page.keyboard.press("ArrowRight");
  }
  expect(seen.size).toBe(13);
  await expect(turn).toContainText(`1 of ${all}`);
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Space");
  await expect(turn.getByRole("button", { name: /Hold/ })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("Space");
  await page.mouse.move(2, 2);
  await expect(turn, "by itself").toContainText(`2 of ${all}`);
  await turn.getByRole("button", { name: "Page before" }).click();
  await expect(turn).toContainText(`1 of ${all}`);
  // On a screen that is no wall, all of it is there.
  await page.setViewportSize({ width: 820, height: 1180 });
  await expect(page.locator(".card:visible")).toHaveCount(13);
});
