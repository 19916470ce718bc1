import { expect, login, shot, test } from './support/page';
import { server } from './support/server';

test('a wrong password is refused in the server\'s words, and a deep link survives the login', async ({ page, prefix, rest }) => {
  const device = await rest.createDevice(`${prefix}-link`);
  await page.goto(`/groups/all/devices/${device.id.id}/telemetry`);
  await expect(page).toHaveURL(/\/login/);
  await page.getByLabel('E-mail').fill(server.user);
  await page.getByRole('textbox', { name: 'Password' }).fill('certainly wrong');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('Invalid username or password');
  await shot(page, 'login-refused');
  await page.getByRole('textbox', { name: 'Password' }).fill(server.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 2, name: `${prefix}-link` })).toBeVisible();
  await expect(page.getByText('No telemetry yet')).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`${device.id.id}/telemetry$`));
  await shot(page, 'telemetry-empty');
});

test('signing out ends the session, here and on the server', async ({ page, context }) => {
  await login(page);
  const kept = (await context.cookies()).find(({ name }) => name.endsWith('postern-session'));
  expect(kept).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  expect(await page.evaluate(() => document.cookie + JSON.stringify({ ...sessionStorage, ...localStorage }))).not.toContain(kept?.value);
  const whoIsIt = () => fetch(`${server.url}/api/auth/user`, { headers: { Cookie: `${kept?.name}=${kept?.value}` } });
  expect((await whoIsIt()).status).toBe(200);
  await page.getByRole('button', { name: /Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/login/);
  expect((await whoIsIt()).status).toBe(401);
  await page.goto('/groups/all');
  await expect(page).toHaveURL(/\/login/);
});

test('a login holds in every tab, and one that was ended elsewhere leads back to where it was', async ({ page, context }) => {
  await login(page);
  const other = await context.newPage();
  await other.goto('/groups/all?q=x');
  await expect(other.getByRole('searchbox')).toHaveValue('x');
  await page.getByRole('button', { name: /Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/login/);
  await other.getByRole('searchbox').fill('y');
  await expect(other.getByText('Your session has ended')).toBeVisible();
  await expect(other).toHaveURL(/next=%2Fgroups%2Fall/);
});

test('changing the password asks for the present one', async ({ page }) => {
  await login(page);
  await page.getByRole('button', { name: /Account/ }).click();
  await page.getByRole('menuitem', { name: 'Change password' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change password' });
  await dialog.getByLabel('Current password').fill('certainly wrong');
  await dialog.getByLabel('New password', { exact: true }).fill('another-password-1');
  await dialog.getByLabel('New password again').fill('another-password-2');
  await dialog.getByRole('button', { name: 'Change password' }).click();
  await expect(dialog.getByText('not the same')).toBeVisible();
  await dialog.getByLabel('New password again').fill('another-password-1');
  await dialog.getByRole('button', { name: 'Change password' }).click();
  await expect(dialog.getByText(/current password/i).last()).toBeVisible();
  await expect(dialog).toBeVisible();
  await expect(page).not.toHaveURL(/login/);
  await shot(page, 'change-password');
});

test('a server that does not answer is said so, and noticed when it is back', async ({ page }) => {
  await login(page);
  await page.route('**/api/**', (route) => route.abort('connectionrefused'));
  await page.reload();
  const notice = page.getByText('The server does not answer. What you see');
  await expect(notice).toBeVisible();
  await shot(page, 'server-gone');
  await page.waitForTimeout(3_000); // longer than anything is asked twice by itself
  await page.unroute('**/api/**');
  await expect(notice).toBeHidden();
  await expect(page.getByRole('heading', { level: 1, name: 'All' })).toBeVisible();
});

test('an address that leads nowhere says so', async ({ page }) => {
  await login(page, '/groups/all');
  await page.goto('/no/such/view');
  await expect(page.getByText('There is nothing at this address')).toBeVisible();
  await shot(page, 'not-found');
});

test('the page itself is served safely', async ({ request }) => {
  const answer = await request.get('/');
  const policy = answer.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toMatch(/script-src[^;]*unsafe/);
});

test('a link from the administrator sets a password and signs in', async ({ page, prefix, rest }) => {
  const user = await rest.call<{ id: { id: string } }>('POST', '/api/user?sendActivationMail=false', {
    email: `${prefix}@example.org`, authority: 'TENANT_ADMIN',
  });
  const link = await rest.call<{ link: string }>('POST', `/api/postern/user/${user.id.id}/resetLink`);
  await page.goto(new URL(link.link).pathname + new URL(link.link).hash);
  await expect(page.getByRole('heading', { name: 'Set your password' })).toBeVisible();
  expect(new URL(page.url()).hash).toBe('');
  await page.getByLabel('New password', { exact: true }).fill('short');
  await page.getByLabel('New password again').fill('short');
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByRole('alert')).toContainText('password has 5 characters; expected at least 8');
  await shot(page, 'set-password-refused');
  await page.getByLabel('New password', { exact: true }).fill('long enough now');
  await page.getByLabel('New password again').fill('long enough now');
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await page.goto('/set-password');
  await expect(page.getByText('ask for a new one')).toBeVisible();
});
