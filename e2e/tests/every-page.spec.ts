// Every page that a role is led to, in both languages and themes, on phone, tablet and desktop: found by following the links, so that
// a new page is looked at without anybody naming it here.
import { type Page } from "@playwright/test";
import { expect, type Person, prefer, test, violations } from "../support/panel";

const SCREENS = [
  { width: 390, height: 844 },
  { width: 820, height: 1180 },
  { width: 1440, height: 900 },
];
const LOOKS = ["light", "dark"].flatMap((theme) => ["en", "de"].map((language) => ({ theme, language })));
/** Files, and what is no page of its own. */
const NO_PAGE = /\/(export|files?|analytics|live|summary|picture)\b|\.(csv|json|xlsx|svg|png|ics)$/;
/** Pages that a link leads to only in passing; few enough to look at all of them. */
const MOST = 80;

/** The shape of an address: one page speaks for all that differ by a number, a day or a word alone. */
function shape(address: string): string {
  const { pathname, searchParams } = new URL(address, "http://panel.test");
  const form = searchParams.get("policy_type") ?? "";
  return `${pathname.replaceAll(/\d+/g, "N")} ${form && pathname.endsWith("/new") ? form : ""}`;
}

/** The pages that the links of a page lead to. */
async function links(page: Page): Promise<string[]> {
  const found = await page.locator("a:is([href^='/admin'], [href='/api/docs']):not([download])").evaluateAll((all) => all.map((it) => it.getAttribute("href") ?? ""));
  return found.filter((href) => !NO_PAGE.test(new URL(href, "http://panel.test").pathname));
}

/** What is wrong with a page as it stands there. */
async function faults(page: Page, language: string): Promise<string[]> {
  return page.evaluate((language) => {
    const said: string[] = [];
    const text = document.body.innerText;
    const width = document.documentElement.scrollWidth;
    if (width > window.innerWidth) said.push(`${width} px wide on ${window.innerWidth}`);
    if (document.documentElement.lang !== language) said.push(`in ${document.documentElement.lang}, not ${language}`);
    if (document.querySelectorAll("h1").length !== 1) said.push(`${document.querySelectorAll("h1").length} main headings`);
    if (!document.title) said.push("no title");
    const key = /(^|\s)(ui|widget|resource|field|term|error)\.[a-z_]+(\.[a-z_]+)*/.exec(text);
    if (key) said.push(`untranslated: ${key[0]}`);
    return said;
  }, language);
}

for (const person of ["admin", "manager", "viewer", "operator"] as const satisfies Person[]) {
  test(`every page is sound for the ${person}`, async ({ as }) => {
    test.setTimeout(600_000);
    const page = await as(person);
    const known = new Map<string, string>();
    const queue = [person === "operator" ? "/admin/companies" : "/admin"];
    const wrong: string[] = [];
    let looked = 0;
    for (let address = queue.shift(); address && known.size < MOST; address = queue.shift()) {
      if (known.has(shape(address))) continue;
      known.set(shape(address), address);
      for (const [turn, look] of LOOKS.entries()) {
        const screen = SCREENS[(looked + turn) % SCREENS.length] ?? SCREENS[0];
        await prefer(page, look);
        await page.setViewportSize(screen);
        const answer = await page.goto(address);
        const here = `${address} (${look.theme}, ${look.language}, ${screen.width} px)`;
        if (answer?.status() !== 200) wrong.push(`${here}: ${answer?.status()}`);
        wrong.push(...(await faults(page, look.language)).map((fault) => `${here}: ${fault}`));
        if (turn === 0) queue.push(...(await links(page)));
        // In one look, for who sees most: others see less of the same.
        if (turn === looked % LOOKS.length && (person === "admin" || person === "operator")) {
          wrong.push(...(await violations(page)).map((violation) => `${here}: ${violation}`));
        }
      }
      looked += 1;
    }
    expect(wrong).toEqual([]);
    expect(known.size, [...known.keys()].join(", ")).toBeGreaterThan(person === "operator" ? 5 : 15);
  });
}

test("without JavaScript every page of the navigation says what it has", async ({ as }) => {
  const page = await as("viewer", { javaScriptEnabled: false });
  await page.goto("/admin");
  const hrefs = await page.locator("nav a[href^='/admin']").evaluateAll((all) => all.map((it) => it.getAttribute("href") ?? ""));
  expect(hrefs.length).toBeGreaterThan(5);
  for (const href of new Set(hrefs)) {
    await page.goto(href);
    await expect(page.locator("main h1"), href).toBeVisible();
    await expect(page.locator("main"), href).not.toContainText(/Loading|wird geladen/);
  }
});
