import { expect, test as base, type Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Rest } from './rest';
import { server } from './server';

const SHOTS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'output', 'ui');

interface Fixtures {
  rest: Rest;
  /** Name prefix of this test's devices; they are deleted when it ends. */
  prefix: string;
  /** Fails the test for a script error, a broken Content-Security-Policy or a request to another host. */
  watched: void;
}

export const test = base.extend<Fixtures>({
  rest: async ({}, use) => use(await Rest.login()),
  prefix: async ({ rest }, use) => {
    const prefix = `ui${Date.now().toString(36)}`;
    await use(prefix);
    await rest.deleteByPrefix(prefix);
  },
  watched: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(`script error: ${error.message}`));
      page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) faults.push(message.text());
      });
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(server.url) && !/^(data|blob):/.test(url)) faults.push(`request to another host: ${url}`);
      });
      await use();
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Sign in as somebody; where that leads is the caller's to expect. */
export async function signIn(page: Page, user: string, password: string, path = '/'): Promise<void> {
  await page.goto(path);
  await page.getByLabel('E-mail').fill(user);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.locator('#content')).toBeAttached();
}

/** Sign in and be at this address, with its heading there. */
export async function login(page: Page, path = '/groups/all'): Promise<void> {
  await signIn(page, server.user, server.password, path);
  await expect(page.locator('main h1').first()).toHaveText(/\S/);
}

/** A picture for people to look at, and no sideways scrolling in it. */
export async function shot(page: Page, name: string): Promise<void> {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${name}: the page scrolls sideways`).toBeLessThanOrEqual(0);
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), animations: 'disabled' });
}
