import { expect, shot, test } from './support/page';
import { server } from './support/server';

/** The strict Content-Security-Policy and the ban on other hosts are watched in every test, see support/page.ts. */
test('the API is browsed and tried without a page of anybody else', async ({ page, rest, prefix }) => {
  const device = await rest.createDevice(`${prefix}-tried`);
  await page.goto('/api/docs');
  await expect(page.getByRole('heading', { name: /^Postern/ })).toBeVisible();
  await shot(page, 'api-docs');

  await page.getByRole('button', { name: 'Authorize' }).click();
  const dialog = page.locator('.dialog-ux');
  const login = await fetch(`${server.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: server.user, password: server.password }),
  });
  const { token } = (await login.json()) as { token: string };
  await dialog.locator('input').first().fill(token);
  await dialog.getByRole('button', { name: 'Apply credentials' }).first().click();
  await dialog.getByRole('button', { name: 'Close' }).first().click();

  await page.locator('#operations-tag-Devices').click();
  const operation = page.locator('#operations-Devices-getDeviceById');
  await operation.getByRole('button').first().click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByPlaceholder('deviceId').fill(device.id.id);
  await operation.getByRole('button', { name: 'Execute' }).click();
  await expect(operation.locator('.live-responses-table td.response-col_status').last()).toContainText('200');
  await expect(operation.locator('.live-responses-table')).toContainText(`${prefix}-tried`);
  await shot(page, 'api-docs-tried');
});
