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
    await page.getByLabel("Price").fill("much");
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
