// Rows: their pages, what is done with them and their forms, by keyboard and without a script too.
import { expect, test, violations } from "../support/panel";

test("a row's page, its actions and its form are accessible", async ({ as }) => {
  const page = await as("admin");
  for (const list of ["appointments", "policies", "notifications", "customers"]) {
    await page.goto(`/admin/${list}`);
    await page.locator("tbody th a").first().click();
    await expect(page.locator("#history")).toBeVisible();
    expect(await violations(page), list).toEqual([]);
    const edit = page.getByRole("link", { name: "Edit" });
    if ((await edit.count()) > 0) {
      await edit.click();
      expect(await violations(page), `${list}: form`).toEqual([]);
    }
  }
  await page.goto("/admin/appointments?status=confirmed");
  await page.locator("tbody th a").first().click();
  await page.getByRole("link", { name: "Reschedule" }).click();
  await expect(page.locator(".verdict")).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.goto("/admin/notifications/failed");
  expect(await violations(page)).toEqual([]);
});

for (const javaScriptEnabled of [true, false]) {
  test(`a service is made and changed, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("manager2", { javaScriptEnabled });
    await page.goto("/admin/services");
    await page.getByRole("link", { name: "New", exact: true }).click();
    await page.getByLabel("Name").fill(`Test ${javaScriptEnabled}`);
    const price = page.getByLabel("Price");
    await price.fill("much");
    await page.getByRole("button", { name: "Save" }).click();
    expect(await price.evaluate((input: HTMLInputElement) => input.validity.valid), "the browser asks first").toBe(false);
    await price.fill("1.2.3");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("alert")).toContainText("one field");
    await expect(page.getByLabel("Price")).toHaveAttribute("aria-invalid", "true");
    if (javaScriptEnabled) expect(await violations(page)).toEqual([]);
    await page.getByLabel("Price").fill("12.50");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.locator("main [role=status]")).toHaveText("Created.");
    await expect(page.locator(".fields")).toContainText("12.50");
  });
}

test("an appointment is cancelled after it was said what happens", async ({ as }) => {
  const page = await as("manager2");
  await page.goto("/admin/appointments?status=confirmed");
  await page.locator("tbody th a").first().click();
  await page.getByRole("link", { name: "Cancel" }).click();
  await expect(page.locator(".verdict li").first()).toBeVisible();
  const force = page.getByRole("checkbox", { name: /nevertheless/ });
  if ((await force.count()) > 0) await force.check();
  await page.getByLabel("Reason (optional)").fill("by test");
  await page.getByRole("button", { name: "Cancel the appointment" }).click();
  await expect(page.locator("main [role=status]")).toHaveText("The appointment is cancelled.");
  await expect(page.locator("#history li").first()).toContainText("cancelled");
});

for (const javaScriptEnabled of [true, false]) {
  test(`an end is taken back, script ${javaScriptEnabled ? "on" : "off"}`, async ({ as }) => {
    const page = await as("manager2", { javaScriptEnabled });
    await page.goto(`/admin/appointments?status=${javaScriptEnabled ? "no_show" : "completed"}`);
    await page.locator("tbody th a").nth(3).click();
    await page.getByRole("link", { name: "Reopen" }).click();
    await expect(page.locator(".verdict li").first()).toContainText("Its status becomes: Confirmed");
    if (javaScriptEnabled) expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Reopen the appointment" }).click();
    await expect(page.locator("main [role=status]")).toHaveText("The appointment is open again.");
    await expect(page.locator("#history li").first()).toContainText("reopened");
    await page.getByRole("link", { name: "Complete" }).click();
    await page.getByRole("button", { name: "It took place" }).click();
    await expect(page.locator("main [role=status]")).toHaveText("The appointment is completed.");
  });
}

test("the second of two editors is told who was first", async ({ as }) => {
  const [first, second] = [await as("admin2"), await as("manager2")];
  await first.goto("/admin/branches/new");
  await first.getByLabel("Name").fill("Two editors");
  await first.getByRole("button", { name: "Save" }).click();
  await first.getByRole("link", { name: "Edit" }).click();
  await second.goto(first.url());
  await first.getByLabel("Name").fill("The first one");
  await first.getByRole("button", { name: "Save" }).click();
  await expect(first.locator("main [role=status]")).toHaveText("Saved.");
  await second.getByLabel("Name").fill("The second one");
  await second.getByRole("button", { name: "Save" }).click();
  await expect(second.locator("#meanwhile")).toContainText("Changed by");
  await expect(second.locator("#meanwhile li")).toHaveText("Name: Two editors → The first one");
  expect(await violations(second)).toEqual([]);
  await second.getByRole("button", { name: "Save" }).click();
  await expect(second.locator("main [role=status]")).toHaveText("Saved.");
});

test("whoever leaves a changed form is asked first", async ({ as }) => {
  const page = await as("manager2");
  await page.goto("/admin/branches/new");
  await page.getByLabel("Name").fill("Half done");
  const asked = page.waitForEvent("dialog");
  void page.getByRole("link", { name: "Leave without saving" }).click();
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await expect(page.getByLabel("Name")).toHaveValue("Half done");
});
