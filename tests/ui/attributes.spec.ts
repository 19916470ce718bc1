import type { Page } from '@playwright/test';
import { expect, login, shot, test } from './support/page';
import type { Rest } from './support/rest';
import { PHONE } from './support/widths';

const area = (page: Page, name: string) => page.getByRole('region', { name: new RegExp(`^${name} attributes`) });
const row = (page: Page, scope: string, key: string) => area(page, scope).getByRole('row', { name: new RegExp(`^${key} `) });

interface Attribute {
  key: string;
  value: unknown;
}

async function story(page: Page, rest: Rest, prefix: string, look: string): Promise<void> {
  const device = await rest.createDevice(`${prefix}-attributes`);
  const path = `/api/plugins/telemetry/DEVICE/${device.id.id}`;
  const value = async (scope: string, key: string) =>
    (await rest.call<Attribute[]>('GET', `${path}/values/attributes/${scope}?keys=${key}`)).find((one) => one.key === key)?.value;
  await rest.call('POST', `${path}/attributes/SHARED_SCOPE`, { limits: { low: 1, high: [2, 3] }, mode: 'eco' });
  await login(page);
  await page.goto(`/groups/all/devices/${device.id.id}/attributes`);
  await expect(page.getByText('Live', { exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Add to Shared attributes' }).click();
  await expect(page.getByLabel('Key', { exact: true })).toBeFocused();
  await page.keyboard.type('target');
  await page.getByLabel('Type').selectOption('Number');
  await page.getByLabel('Value', { exact: true }).fill('warm');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Enter a number, such as 21.5')).toBeVisible();
  await page.getByLabel('Value', { exact: true }).fill('9007199254740993');
  await shot(page, `${look}-attribute-new`);
  await page.keyboard.press('Enter');
  await expect(row(page, 'Shared', 'target')).toContainText('9007199254740993');

  await page.getByRole('button', { name: 'Edit limits' }).click();
  const field = page.getByLabel('Value', { exact: true });
  await expect(field).toBeFocused();
  await expect(field).toHaveValue(/"low": 1/);
  await field.fill('{"low": ');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('This is not JSON')).toBeVisible();
  await shot(page, `${look}-attribute-json`);
  // Someone else changes it in the meantime.
  await rest.call('POST', `${path}/attributes/SHARED_SCOPE`, { limits: 'none' });
  await expect(page.getByText('It has been changed meanwhile, to: none')).toBeVisible();
  await field.fill('{"low":2}');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(row(page, 'Shared', 'limits')).toContainText('{"low":2}');
  await expect(page.getByRole('button', { name: 'Edit limits' })).toBeFocused();
  expect(await value('SHARED_SCOPE', 'limits')).toEqual({ low: 2 });

  await page.getByRole('button', { name: 'Delete mode' }).click();
  await expect(row(page, 'Shared', 'mode')).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(row(page, 'Shared', 'mode')).toContainText('eco');
  expect(await value('SHARED_SCOPE', 'mode')).toBe('eco');

  await page.getByRole('button', { name: 'Add to Server attributes' }).click();
  await page.keyboard.type('checked');
  await page.getByLabel('Type').selectOption('True or false');
  await page.getByLabel('Value', { exact: true }).selectOption('true');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(row(page, 'Server', 'checked')).toContainText('true');
  expect(await value('SERVER_SCOPE', 'checked')).toBe(true);
  await shot(page, `${look}-attributes`);
}

test('attributes are added, edited in place, deleted and brought back', async ({ page, prefix, rest }) => {
  await story(page, rest, prefix, 'desktop');
});

test.describe('on a phone', () => {
  test.use(PHONE);

  test('attributes are added, edited in place, deleted and brought back', async ({ page, prefix, rest }) => {
    await story(page, rest, prefix, 'phone');
  });
});

test('what the device reported is deleted after a question, and set by the device alone', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-reported`);
  const { credentialsId } = await rest.call<{ credentialsId: string }>('GET', `/api/device/${device.id.id}/credentials`);
  const report = (body: object) => rest.call('POST', `/api/v1/${credentialsId}/attributes`, body);
  await report({ firmware: '1.2', serial: 7 });
  await login(page, `/groups/all/devices/${device.id.id}/attributes`);
  await expect(row(page, 'Client', 'firmware')).toContainText('1.2');
  await expect(page.getByRole('button', { name: 'Edit firmware' })).toBeHidden();
  await report({ firmware: '1.3' });
  await expect(row(page, 'Client', 'firmware')).toContainText('1.3');
  await expect(row(page, 'Server', 'active')).toContainText('Kept by the server');

  await page.getByRole('button', { name: 'Delete firmware' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete this attribute?' });
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await shot(page, 'attribute-delete');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, 'Client', 'firmware')).toBeHidden();
  await expect(row(page, 'Client', 'serial')).toContainText('7');
});
