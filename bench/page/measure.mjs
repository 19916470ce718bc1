// What a browser shows of the page's speed: bench/page/run starts a server with many devices and calls this.
//   node measure.mjs URL PASSWORD_FILE ROUNDS SECONDS
// Prints a line a figure: a name, a tab, the values of all rounds. Playwright is that of tests/ui; the browser is Debian's.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../tests/ui/package.json', import.meta.url));
const { chromium } = require('@playwright/test');
const [url, passwordFile, rounds, seconds] = process.argv.slice(2);
const SLOWER = 4; // times; what Lighthouse does to a desktop's processor
const ROW_HEIGHT = 52;

const executablePath = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(existsSync);
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });

const tell = (name, values) => console.log(`${name}\t${values.map((value) => value.toFixed(1)).join(' ')}`);

/** A browser that has never been here, slowed down, with the cookies given. */
async function open(storageState) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1360, height: 860 }, storageState });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.clearBrowserCache');
  return { context, page, cdp };
}

/** Notes when something of this selector is first in the document. */
async function note(page, selector) {
  await page.addInitScript((wanted) => {
    const look = () => {
      if (document.querySelector(wanted) === null) return;
      watcher.disconnect();
      requestAnimationFrame(() => (window.shownAt = performance.now()));
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document, { childList: true, subtree: true });
  }, selector);
}

async function loadOnce(address, selector, storageState) {
  const { context, page, cdp } = await open(storageState);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  if (selector !== null) await note(page, selector);
  await page.goto(url + address, { waitUntil: 'load' });
  await page.waitForFunction((wanted) => performance.getEntriesByName('first-contentful-paint').length > 0 && (wanted === null || window.shownAt > 0), selector);
  const figures = await page.evaluate(() => ({
    painted: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    shown: window.shownAt ?? 0,
  }));
  await context.close();
  return figures;
}

async function load(name, address, selector, storageState) {
  const all = [];
  for (let round = 0; round <= rounds; round++) all.push(await loadOnce(address, selector, storageState));
  all.shift(); // the browser itself warms up
  tell(`${name}: first paint, ms`, all.map(({ painted }) => painted));
  if (selector !== null) tell(`${name}: in use, ms`, all.map(({ shown }) => shown));
}

/** A session's cookies, by the page's own login. */
async function signIn() {
  const { context, page } = await open(undefined);
  await page.goto(url);
  await page.getByLabel('E-mail').fill('tenant@localhost');
  await page.getByRole('textbox', { name: 'Password' }).fill(readFileSync(passwordFile, 'utf8').trim());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('#content').waitFor();
  const state = await context.storageState();
  await context.close();
  return state;
}

/** Frames while the wheel turns without a pause: how many a second, and how many came later than two of a screen's do. */
async function scroll(page, pixels) {
  await page.evaluate(() => {
    const frames = (window.frames_ = []);
    window.stop_ = false;
    const next = (now) => {
      frames.push(now);
      if (!window.stop_) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  await page.mouse.move(800, 500);
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) await page.mouse.wheel(0, pixels);
  return page.evaluate(() => {
    window.stop_ = true;
    const frames = window.frames_;
    const gaps = frames.slice(1).map((at, n) => at - frames[n]);
    return { rate: (gaps.length * 1000) / (frames[frames.length - 1] - frames[0]), late: (gaps.filter((gap) => gap > 34).length * 100) / gaps.length };
  });
}

async function scrollRounds(name, prepare, storageState) {
  const all = [];
  for (let round = 0; round < rounds; round++) {
    const { context, page } = await open(storageState);
    await prepare(page);
    all.push(await scroll(page, 2 * ROW_HEIGHT));
    if (round === 0) await page.screenshot({ path: `build/page-${name.split(' ')[0]}.png` });
    await context.close();
  }
  tell(`${name}: frames a second`, all.map(({ rate }) => rate));
  tell(`${name}: frames over 34 ms late, %`, all.map(({ late }) => late));
}

/** The least a browser does to scroll: as many rows of plain text in sight, nothing fetched. */
async function plainRows(page) {
  const rows = Array.from({ length: 20_000 }, (_, n) => `<div style="height:${ROW_HEIGHT}px">device ${n}</div>`);
  await page.setContent(`<body style="margin:0">${rows.join('')}</body>`);
}

async function deviceTable(page) {
  await page.goto(`${url}/groups/all`);
  await page.getByRole('table', { name: 'Devices' }).getByRole('link').first().waitFor();
}

await load('a line of text', '/api/postern/health', null, undefined);
await load('login', '/login', 'input[type=password]', undefined);
const state = await signIn();
await load('overview', '/overview', 'main h1', state);
await load('devices', '/groups/all', '[role=table] [data-index] a', state);
await scrollRounds('plain rows', plainRows, undefined);
await scrollRounds('devices', deviceTable, state);
await browser.close();
