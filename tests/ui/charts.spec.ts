import type { Page, WebSocketRoute } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { makeIdentity, publish, type Identity } from './support/device';
import { expect, login, shot, test } from './support/page';
import type { Rest } from './support/rest';
import { PHONE } from './support/widths';

const MINUTE = 60_000;

async function makeDevice(rest: Rest, name: string): Promise<{ id: string; identity: Identity }> {
  const device = await rest.createDevice(name);
  const identity = makeIdentity(name);
  await rest.saveCertificate(device, identity.cert);
  return { id: device.id.id, identity };
}

/** Five minutes of a boiler, a point of each key every two seconds, ending `ago` milliseconds before now. */
function boiler(now: number, ago = 0): string {
  const points = [];
  for (let age = 5 * MINUTE; age >= ago; age -= 2_000) {
    const phase = age / 40_000;
    const values = { temperature: Number((60 + 8 * Math.sin(phase)).toFixed(2)), pressure: Number((1.8 + 0.3 * Math.cos(phase / 2)).toFixed(3)), pump: Math.sin(phase) > 0 };
    points.push({ ts: now - age, values });
  }
  return JSON.stringify(points);
}

const chart = (page: Page) => page.getByRole('img', { name: /^From / });
const pressed = (page: Page) => page.getByRole('group', { name: 'Time range' }).locator('[aria-pressed="true"]');

async function story(page: Page, rest: Rest, prefix: string, look: string): Promise<void> {
  const { id, identity } = await makeDevice(rest, `${prefix}-boiler`);
  await publish(identity, boiler(Date.now()));
  await login(page);
  await page.goto(`/groups/all/devices/${id}/telemetry`);
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(page.getByRole('img', { name: /Trend of temperature: between/ })).toBeVisible();
  await shot(page, `${look}-trends`);

  await page.getByRole('link', { name: 'Chart of temperature' }).click();
  await expect(chart(page)).toHaveAccessibleName(/temperature: .* points/);
  await page.getByRole('button', { name: '5 min', exact: true }).click();
  await expect(page).toHaveURL(/range=5m/);
  await expect(page.getByText(/^(every point|average per 2 s)$/)).toBeVisible();
  await page.getByRole('button', { name: 'Choose keys' }).click();
  await page.getByRole('checkbox', { name: 'pressure' }).check();
  await page.getByRole('checkbox', { name: 'pump' }).check();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/keys=temperature%2Cpressure%2Cpump/);
  await expect(chart(page)).toHaveAccessibleName(/pressure: 1\d\d points/);
  await shot(page, `${look}-chart`);

  // What is published now is in the picture by itself.
  await publish(identity, '{"temperature":99.5,"pressure":2.25,"pump":true}');
  await expect(chart(page)).toHaveAccessibleName(/temperature: .* and 99\.5, the last 99\.5/);
  const keys = page.getByRole('list', { name: 'Keys' });
  await expect(keys.getByRole('listitem').filter({ hasText: 'pressure' })).toContainText('2.25');
  await page.getByRole('checkbox', { name: 'One chart for each key' }).check();
  await expect(chart(page)).toHaveCount(3);
  await shot(page, `${look}-charts-apart`);
  await page.getByRole('radio', { name: 'Table' }).check();
  await expect(page.getByRole('table', { name: 'Charts' }).getByRole('row', { name: '99.5' })).toBeVisible();
  await expect(page.getByRole('table', { name: 'Charts' }).getByRole('row', { name: 'true' }).first()).toBeVisible();
  await expect(keys.getByRole('listitem').filter({ hasText: 'pump' })).toContainText('true');
  await shot(page, `${look}-chart-table`);
}

test('a live chart over what came before, on a desktop', async ({ page, rest, prefix }) => {
  await story(page, rest, prefix, 'desktop');
});

test.describe('in the dark, on a phone', () => {
  test.use({ ...PHONE, colorScheme: 'dark' });

  test('a live chart over what came before', async ({ page, rest, prefix }) => {
    await story(page, rest, prefix, 'phone-dark');
  });
});

test.describe('elsewhere', () => {
  test.use({ timezoneId: 'Asia/Tokyo' });

  test('zoom, the way back, times of the zone, files', async ({ page, rest, prefix }) => {
    const { id, identity } = await makeDevice(rest, `${prefix}-files`);
    const start = Date.UTC(2026, 0, 2, 20, 0, 0);
    const points = Array.from({ length: 61 }, (_, n) => ({ ts: start + n * 10_000, values: { level: n, '=odd': 1 } }));
    await publish(identity, JSON.stringify(points));
    const range = 'from=2026-01-02T20:00:00.000Z&to=2026-01-02T20:10:00.001Z';
    await login(page, `/groups/all/devices/${id}/charts?keys=level,%3Dodd&${range}&agg=none`);
    await expect(chart(page)).toHaveAccessibleName('From 2026-01-03 05:00 to 2026-01-03 05:10. level: 61 points between 0 and 60, the last 60; =odd: 61 points between 1 and 1, the last 1. The table has the values.');
    await expect(page.getByText('Times in UTC+09:00')).toBeVisible();

    const saved = async (item: string) => {
      await page.getByRole('button', { name: 'Export' }).click();
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: item }).click()]);
      expect(file.suggestedFilename()).toContain(`${prefix}-files-2026-01-03-05-00`);
      return readFileSync(await file.path());
    };
    const lines = (await saved('CSV file')).toString().split('\r\n');
    expect(lines[0]).toBe("time,ts,level,'=odd");
    expect(lines[1]).toBe(`2026-01-02T20:00:00.000Z,${start},0,1`);
    expect(lines).toHaveLength(63);
    const picture = await saved('PNG picture');
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    expect(picture.length).toBeGreaterThan(3_000);

    const box = await chart(page).boundingBox();
    if (box === null) throw new Error('no chart');
    await page.mouse.move(box.x + box.width * 0.4, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 100, { steps: 4 });
    await page.mouse.up();
    await expect(chart(page)).toHaveAccessibleName(/level: 1\d points/);
    await page.goBack();
    await expect(chart(page)).toHaveAccessibleName(/level: 61 points/);

    await page.getByRole('button', { name: 'Go live' }).click();
    await expect(page.getByText('No points in this time')).toBeVisible();
    await expect(pressed(page)).toHaveText('1 h');
    await page.getByRole('button', { name: 'From … to' }).click();
    await page.getByLabel('From', { exact: true }).fill('2026-01-03T05:05');
    await page.getByLabel('To', { exact: true }).fill('2026-01-03T05:04');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(page.getByText('The end has to be after')).toBeVisible();
    await page.getByLabel('To', { exact: true }).fill('2026-01-03T05:07');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(chart(page)).toHaveAccessibleName(/From 2026-01-03 05:05 to 2026-01-03 05:07\. level: 1[23] points/);
    expect(new URL(page.url()).searchParams.get('from')).toBe('2026-01-02T20:05:00.000Z');
  });
});

test('an hour of live points takes no more memory than ten minutes', async ({ page, rest, prefix }) => {
  test.slow();
  const { id } = await makeDevice(rest, `${prefix}-hour`);
  let socket: WebSocketRoute | undefined;
  let subscription = 0;
  await page.routeWebSocket('**/api/ws', (route) => {
    socket = route;
    route.onMessage((message) => {
      const { cmds } = JSON.parse(String(message)) as { cmds: { cmdId: number; type: string; unsubscribe?: boolean }[] };
      for (const { cmdId, type, unsubscribe } of cmds) {
        if (unsubscribe) continue;
        if (type === 'TIMESERIES') subscription = cmdId;
        route.send(JSON.stringify({ subscriptionId: cmdId, errorCode: 0, errorMsg: null, data: {} }));
      }
    });
  });
  await login(page, `/groups/all/devices/${id}/charts?keys=a,b,c,d&range=5m`);
  await expect.poll(() => subscription).toBeGreaterThan(0);
  await expect(page.getByText('No points in this time')).toBeVisible();
  let now = Date.now() + 1_000;
  await page.clock.install({ time: now });
  const cdp = await page.context().newCDPSession(page);

  /** A point of each key every second. */
  const run = async (minutes: number): Promise<number> => {
    for (let turn = 0; turn < minutes * 2; turn++) {
      const times = Array.from({ length: 30 }, (_, n) => now + (30 - n) * 1_000);
      const data = Object.fromEntries(['a', 'b', 'c', 'd'].map((key, n) => [key, times.map((ts) => [ts, Math.sin(ts / 60_000) + n])]));
      now += 30_000;
      socket?.send(JSON.stringify({ subscriptionId: subscription, errorCode: 0, errorMsg: null, data }));
      await page.clock.fastForward(30_000);
    }
    await cdp.send('HeapProfiler.collectGarbage');
    const { usedSize } = (await cdp.send('Runtime.getHeapUsage')) as { usedSize: number };
    return usedSize;
  };
  const before = await run(10);
  await expect(chart(page)).toHaveAccessibleName(/a: [23]\d\d points/);
  const after = await run(50);
  await expect(chart(page)).toHaveAccessibleName(/d: [23]\d\d points/);
  console.log(`heap after 10 minutes ${(before / 1e6).toFixed(2)} MB, after 60 ${(after / 1e6).toFixed(2)} MB`);
  expect(after - before).toBeLessThan(1_500_000);
});
