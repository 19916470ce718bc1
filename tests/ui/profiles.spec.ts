import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { makeIdentity } from './support/device';
import { expect, login, shot, test } from './support/page';
import type { Rest } from './support/rest';

interface Profile {
  id: { id: string };
  name: string;
}

async function deleteProfiles(rest: Rest, prefix: string): Promise<void> {
  const { data } = await rest.call<{ data: Profile[] }>('GET', `/api/deviceProfiles?pageSize=100&page=0&textSearch=${prefix}`);
  for (const { id } of data) await rest.call('DELETE', `/api/deviceProfile/${id.id}`);
}

test('a profile with an authority and a name pattern that is tried', async ({ page, prefix, rest }) => {
  const authority = makeIdentity(`${prefix} Devices CA`);
  const leaf = makeIdentity('leaf', undefined, ['-addext', 'basicConstraints=critical,CA:FALSE']);
  await login(page, '/profiles');
  await shot(page, 'profiles');
  await page.getByRole('button', { name: 'Add profile' }).click();
  await page.getByLabel('Name', { exact: true }).fill('default');
  await page.getByLabel('Strategy').selectOption({ label: 'By a certificate of your authority' });

  const field = page.getByRole('textbox', { name: 'X.509 Certificate' });
  await field.fill(leaf.cert);
  await expect(page.getByText('This certificate is no authority')).toBeVisible();
  await field.fill(authority.cert);
  await expect(page.getByText(`CN=${prefix} Devices CA`).first()).toBeVisible();

  await page.getByLabel('Name pattern').fill('(.*)[.]pump');
  await page.getByLabel('Common name of a certificate').fill('p-17.pump');
  const result = page.getByRole('group', { name: 'Try the pattern' }).locator('dd');
  await expect(result).toHaveText('p-17');
  await page.getByLabel('Common name of a certificate').fill('p-17');
  await expect(result).toContainText('does not match');
  await page.getByLabel('Name pattern').fill('(');
  await expect(result).toContainText('no regular expression');
  await page.getByLabel('Common name of a certificate').fill('p-17.pump');
  await page.getByLabel('Name pattern').fill('(.*)[.]pump');
  await expect(result).toHaveText('p-17');
  await page.getByLabel('Inactive after', { exact: true }).fill('20');

  await page.getByRole('button', { name: 'Add profile' }).click();
  await expect(page.getByText('Device profile with such name already exists!')).toBeVisible();
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
  await page.getByLabel('Name', { exact: true }).fill(`${prefix} pump`);
  await page.getByRole('button', { name: 'Add profile' }).click();
  await expect(page.getByRole('heading', { level: 1, name: `${prefix} pump` })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Authority now' })).toBeVisible();
  await shot(page, 'profile');
  await page.getByRole('group', { name: 'Try the pattern' }).scrollIntoViewIfNeeded();
  await shot(page, 'profile-provision');

  // Someone else saves in between.
  const id = new URL(page.url()).pathname.split('/').pop() as string;
  const stored = await rest.call<object>('GET', `/api/deviceProfile/${id}`);
  await rest.call('POST', '/api/deviceProfile', { ...stored, description: 'of the other' });
  await page.getByLabel('Description').fill('mine');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Load the current state' }).click();
  await expect(page.getByLabel('Description')).toHaveValue('of the other');
  await page.getByLabel('Description').fill('mine now');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  const saved = await rest.call<{ profileData: { configuration: object } }>('GET', `/api/deviceProfile/${id}`);
  expect(saved).toMatchObject({ description: 'mine now', provisionType: 'X509_CERTIFICATE_CHAIN' });
  expect(saved.profileData.configuration).toMatchObject({ inactivityTimeout: 1_200_000 });
  await deleteProfiles(rest, prefix);
});

test('topics and schemas, and the error of the server at its field, at phone width', async ({ page, prefix, rest }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await login(page, '/profiles/new');
  await page.getByLabel('Name', { exact: true }).fill(`${prefix} proto`);
  await page.getByRole('radio', { name: 'Own topics' }).check();
  await page.getByLabel('Telemetry topic').fill('t/#/x');
  await page.getByRole('radio', { name: 'Protobuf' }).check();
  const schema = 'syntax = "proto3"; package t; message T { int32 temperature = 1; }';
  await page.getByLabel('Schema of telemetry (.proto)').fill('syntax');
  await page.getByLabel('Schema of attributes (.proto)').fill(schema);
  const save = page.getByRole('button', { name: 'Add profile' });
  await save.click();
  await expect(page.getByLabel('Telemetry topic')).toBeFocused();
  await expect(page.getByLabel('Telemetry topic')).toHaveAttribute('aria-invalid', 'true');
  await shot(page, 'profile-phone');
  await page.getByLabel('Telemetry topic').fill('t/+');
  await save.click();
  await expect(page.getByLabel('Schema of telemetry (.proto)')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Schema of telemetry (.proto)').fill(schema);
  await save.click();
  await expect(page.getByRole('heading', { level: 1, name: `${prefix} proto` })).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Schema of telemetry (.proto)')).toHaveValue(schema);
  await deleteProfiles(rest, prefix);
});

test('a package is sent with its checksum and given to a profile', async ({ page, prefix, rest }) => {
  const profile = await rest.call<Profile>('POST', '/api/deviceProfile', { name: `${prefix} fw`, type: 'DEFAULT', transportType: 'DEFAULT' });
  await login(page, '/packages');
  await page.getByRole('button', { name: 'Upload package' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Upload package' });
  await dialog.getByRole('button', { name: 'Upload package' }).click();
  await expect(dialog.getByText('Enter a title')).toBeVisible();
  await dialog.getByLabel('Title').fill(`${prefix}-controller`);
  await dialog.getByLabel('Version').fill('2.4.1');
  await dialog.getByLabel('Device profile').selectOption({ label: profile.name });
  const bytes = randomBytes(300_000);
  await dialog.locator('input[type=file]').setInputFiles({ name: 'pump.bin', mimeType: 'application/octet-stream', buffer: bytes });
  await expect(dialog.getByText('pump.bin, 293.0 KiB')).toBeVisible();
  await shot(page, 'package-upload');
  await dialog.getByRole('button', { name: 'Upload package' }).click();
  await expect(dialog).toBeHidden();
  const row = page.getByRole('row', { name: new RegExp(`${prefix}-controller 2.4.1`) });
  await expect(row).toContainText('293.0 KiB');
  await shot(page, 'packages');
  await page.getByRole('button', { name: `Actions for ${prefix}-controller 2.4.1` }).click();
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Download file' }).click()]);
  expect(saved.suggestedFilename()).toBe('pump.bin');
  expect(readFileSync(await saved.path()).equals(bytes)).toBe(true);

  await page.goto(`/profiles/${profile.id.id}`);
  await page.getByRole('combobox', { name: 'Firmware' }).selectOption({ label: `${prefix}-controller 2.4.1` });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();

  // What is in use says so, and stays.
  await page.goto('/packages');
  const remove = async () => {
    await page.getByRole('button', { name: `Actions for ${prefix}-controller 2.4.1` }).click();
    await page.getByRole('menuitem', { name: 'Delete package' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete package' }).click();
  };
  await remove();
  await expect(page.getByRole('dialog').getByRole('alert')).toBeVisible();
  await page.keyboard.press('Escape');
  await deleteProfiles(rest, prefix);
  const left = await rest.call<{ data: Profile[] }>('GET', `/api/otaPackages?pageSize=10&page=0&textSearch=${prefix}`);
  for (const { id } of left.data) await rest.call('DELETE', `/api/otaPackage/${id.id}`).catch(() => undefined);
});
