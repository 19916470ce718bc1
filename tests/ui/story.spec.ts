import type { Page } from '@playwright/test';
import { makeIdentity, publish } from './support/device';
import { expect, login, shot, test } from './support/page';

/** From an empty page to a value on it: what a new user does. */
async function story(page: Page, prefix: string, look: string): Promise<void> {
  const name = `${prefix}-boiler`;
  const identity = makeIdentity(name);

  await page.goto('/');
  await shot(page, `${look}-1-login`);
  await login(page);

  await page.getByRole('button', { name: 'Add device' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add device' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Label').fill('Hall 3, line 1');
  await shot(page, `${look}-2-add-device`);
  await dialog.getByRole('button', { name: 'Add device' }).click();
  await expect(page.getByRole('heading', { level: 2, name })).toBeVisible();

  // Device Groups > All > the device > Device credentials > X.509 Certificate > paste > Save.
  await page.goto('/');
  const menu = page.getByRole('button', { name: 'Open navigation' });
  if (await menu.isVisible()) await menu.click();
  await page.getByRole('list', { name: 'Device groups' }).getByRole('link', { name: 'All' }).click();
  await page.getByRole('link', { name }).click();
  await page.getByRole('tab', { name: 'Device credentials' }).click();
  await page.getByRole('radio', { name: 'X.509 Certificate' }).check();
  await page.evaluate((certificate) => navigator.clipboard.writeText(certificate), identity.cert);
  await page.getByRole('textbox', { name: 'X.509 Certificate' }).press('Control+V');
  const parsed = page.getByRole('region', { name: 'New certificate, not saved yet' });
  await expect(parsed).toContainText(name);
  await expect(parsed).toContainText('P-256');
  await expect(parsed).toContainText('Valid');
  await expect(page.getByText('Note', { exact: true })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Save' })).toBeInViewport();
  await shot(page, `${look}-3-certificate-read`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved. The device can log in with it now.')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Current certificate' })).toContainText(name);
  await shot(page, `${look}-4-certificate-saved`);

  await page.getByRole('tab', { name: 'Check connectivity' }).click();
  await expect(page.getByText('mosquitto_pub')).toBeVisible();
  const live = page.getByRole('region', { name: 'Live' });
  await expect(live).toContainText('Waiting for the first message');
  await shot(page, `${look}-5-waiting`);
  await publish(identity, '{temperature:25}');
  await expect(live).toContainText('Message received');
  await expect(live).toContainText('temperature = 25');
  await shot(page, `${look}-6-arrived`);

  await page.getByRole('tab', { name: 'Latest telemetry' }).click();
  const row = page.getByRole('row', { name: /^temperature/ });
  await expect(row).toContainText('25');
  await publish(identity, '{temperature:26.5}');
  await expect(row).toContainText('26.5');
  await shot(page, `${look}-7-telemetry`);

  await page.getByRole('link', { name: /Close device|Back to the list/ }).click();
  await expect(page.getByRole('link', { name })).toBeVisible();
  await expect(page.getByRole('row', { name: new RegExp(name) })).not.toContainText('Never connected');
  await shot(page, `${look}-8-list`);
}

test('the story of a new user, on a desktop', async ({ page, prefix }) => {
  await story(page, prefix, 'desktop');
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });

  test('the story of a new user', async ({ page, prefix }) => {
    await story(page, prefix, 'phone');
  });

  test('navigation is a drawer', async ({ page }) => {
    await login(page);
    await page.getByRole('button', { name: 'Open navigation' }).click();
    const drawer = page.getByRole('dialog');
    await expect(drawer.getByRole('link', { name: 'All' })).toBeVisible();
    await shot(page, 'phone-9-navigation');
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
  });
});

test.describe('in the dark', () => {
  test.use({ colorScheme: 'dark' });

  test('the story of a new user', async ({ page, prefix }) => {
    await story(page, prefix, 'dark');
    const canvas = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const [red = 255] = (canvas.match(/\d+/g) ?? []).map(Number);
    expect(red).toBeLessThan(60);
  });
});

test('light and dark are kept over a reload', async ({ page }) => {
  const scheme = () => page.evaluate(() => document.documentElement.getAttribute('data-mantine-color-scheme'));
  await login(page);
  await page.getByRole('radio', { name: 'Dark' }).check();
  await expect.poll(scheme).toBe('dark');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'All' })).toBeVisible();
  expect(await scheme()).toBe('dark');
  await page.getByRole('radio', { name: 'Light' }).check();
  await expect.poll(scheme).toBe('light');
});
