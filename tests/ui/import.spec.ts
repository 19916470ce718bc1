import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { manyCertificates } from './support/certificates';
import { expect, login, shot, test } from './support/page';
import { atEachWidth } from './support/widths';

async function openImport(page: Page): Promise<void> {
  await login(page);
  await page.goto('/import');
}

async function chooseFile(page: Page, name: string, text: string | Buffer): Promise<void> {
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
}

test('a file is understood, sent, and told of row by row', async ({ page, prefix, rest }) => {
  await login(page);
  await page.getByRole('button', { name: 'More actions for this list' }).click();
  await page.getByRole('menuitem', { name: 'Import devices…' }).click();
  await expect(page).toHaveURL(/\/import$/);
  await shot(page, 'import-1-choose');

  await chooseFile(page, 'empty.csv', '');
  await expect(page.getByText('The file is empty.')).toBeVisible();
  await chooseFile(page, 'key.csv', 'name,key\na,"-----BEGIN PRIVATE KEY-----"\n');
  await expect(page.getByText('The file holds a private key')).toBeVisible();

  const rows = ['Device name;Customer no;Label;Floor', `${prefix}-a;17;"Hall 1; left";3`, `;18;nameless;4`, `${prefix}-b;"19\ntwo lines";Hall 2;5`, `${prefix}-a;20;again;6`];
  await chooseFile(page, 'pumps.csv', `\uFEFF${rows.join('\r\n')}\r\n`);
  await expect(page.getByRole('combobox', { name: 'Between fields' })).toHaveValue(';');
  await expect(page.getByRole('combobox', { name: 'Meaning of Device name' })).toHaveValue('NAME');
  await expect(page.getByRole('combobox', { name: 'Meaning of Customer no' })).toHaveValue('IGNORE');
  await page.getByRole('combobox', { name: 'Meaning of Floor' }).selectOption('Server attribute');
  await expect(page.getByRole('textbox', { name: 'Key of Floor' })).toHaveValue('Floor');
  await page.getByRole('textbox', { name: 'Key of Floor' }).fill('');
  await expect(page.getByText('Floor needs a key.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Import', exact: true })).toBeDisabled();
  await page.getByRole('textbox', { name: 'Key of Floor' }).fill('floor');
  await shot(page, 'import-2-columns');
  await page.getByRole('button', { name: 'Import', exact: true }).click();

  await expect(page.getByRole('heading', { name: 'Import finished' })).toBeVisible();
  const refused = page.getByRole('region', { name: '2 rows refused' });
  await expect(refused.getByRole('row', { name: /^3 Device name should be specified/ })).toBeVisible();
  await expect(refused.getByRole('row', { name: /^6 Device with such name already exists/ })).toBeVisible();
  await shot(page, 'import-3-report');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download as CSV' }).click();
  const file = await downloading;
  expect(file.suggestedFilename()).toBe('pumps-refused.csv');
  expect(readFileSync(await file.path(), 'utf8').split('\r\n')[1]).toBe('3,"Device name should be specified!"');

  const device = await rest.call<{ id: { id: string }; label: string }>('GET', `/api/tenant/devices?deviceName=${prefix}-a`);
  expect(device.label).toBe('Hall 1; left');
  const values = await rest.call<{ key: string; value: unknown }[]>('GET', `/api/plugins/telemetry/DEVICE/${device.id.id}/values/attributes/SERVER_SCOPE?keys=floor`);
  expect(values[0]?.value).toBe(3);
  await page.getByRole('link', { name: 'Look at the devices' }).click();
  await expect(page.getByRole('link', { name: `${prefix}-b` })).toBeVisible();
});

atEachWidth((look) => {
  test('thousands of devices with certificates come while other views are looked at', async ({ page }) => {
    test.setTimeout(180_000);
    const count = Number(process.env.IMPORT_COUNT ?? 10_000);
    const all = count.toLocaleString('en');
    // They stay: to delete them takes longer than all else here.
    const fleet = `fleet${Date.now().toString(36)}`;
    const name = (i: number) => `${fleet}-${String(i).padStart(5, '0')}`;
    const leaves = manyCertificates(count);
    const rows = leaves.map((leaf, i) => `${name(i)},${leaf}`);
    await openImport(page);
    await chooseFile(page, 'fleet.csv', `name,certificate\n${rows.join('\n')}\n`);
    await expect(page.getByRole('combobox', { name: 'Meaning of certificate' })).toHaveValue('X509');

    const began = Date.now();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await expect(page.getByRole('progressbar')).toBeVisible();
    await shot(page, `import-progress-${look}`);
    if (look === 'phone') await page.getByRole('button', { name: 'Open navigation' }).click();
    await page.getByRole('navigation').getByRole('link', { name: 'All', exact: true }).click();
    await expect(page.getByText(`Import finished: ${all} made, 0 changed, 0 refused`)).toBeVisible({ timeout: 120_000 });
    console.log(`${count} devices imported in ${Date.now() - began} ms`);

    await page.getByRole('searchbox', { name: 'Search devices' }).fill(fleet);
    await page.getByRole('combobox', { name: 'Certificate' }).selectOption('Valid');
    await expect(page.getByText(`${all} devices found`)).toBeVisible();
    await expect(page.getByRole('table', { name: 'Devices' })).toHaveAttribute('aria-rowcount', `${count + 1}`);
    await page.getByRole('checkbox', { name: 'Choose the first rows' }).check();
    await page.getByRole('button', { name: `Choose all ${all} of this list` }).click();
    await shot(page, `fleet-all-chosen-${look}`);
    await page.getByRole('region', { name: 'Chosen devices' }).getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByRole('dialog', { name: `Delete ${all} devices?` })).toBeVisible();
    await page.getByRole('button', { name: 'Cancel' }).click();
  });
});

test('an import is stopped, and one the server does not take is told of', async ({ page, prefix }) => {
  await openImport(page);
  await page.route('**/api/postern/devices/import?*', () => {});
  await chooseFile(page, 'held.csv', `name\n${prefix}-held\n`);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(page.getByRole('progressbar')).toBeVisible();
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByText('The import was stopped.')).toBeVisible();

  await page.unroute('**/api/postern/devices/import?*');
  await page.route('**/api/postern/devices/import?*', (route) => route.fulfill({ status: 500, json: { message: 'The disk is full', status: 500 } }));
  await page.getByRole('button', { name: 'Back to the columns' }).click();
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(page.getByText('The disk is full')).toBeVisible();
});

test.describe('on the narrowest phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });

  test('a small file is imported', async ({ page, prefix }) => {
    await openImport(page);
    const [leaf] = manyCertificates(1);
    await chooseFile(page, 'a-file-with-a-rather-long-name-for-a-phone.csv', `name,token,cert\n${prefix}-1,,${leaf}\n${prefix}-2,${prefix}t,\n${prefix}-3,${prefix}t,${leaf}\n`);
    await expect(page.getByRole('combobox', { name: 'Meaning of cert' })).toHaveValue('X509');
    await shot(page, 'narrow-import-columns');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await expect(page.getByRole('region', { name: '1 row refused' })).toContainText('more than one kind of credentials');
    await shot(page, 'narrow-import-report');
  });
});
