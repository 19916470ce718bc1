import { defineConfig } from '@playwright/test';
import { existsSync } from 'node:fs';
import { server } from './support/server';

/** The shell without a window starts faster; both come from Debian. */
const browsers = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/**
 * The page in a real browser against a running server. Where it is and how to log in comes from the environment, see
 * support/server.ts; `./run` starts a server of its own and sets all of it.
 */
export default defineConfig({
  testDir: '.',
  outputDir: '../output/ui/artifacts',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  fullyParallel: false,
  workers: 1,
  forbidOnly: !!process.env.CI,
  reporter: [['list']],
  use: {
    actionTimeout: 20_000,
    baseURL: server.url,
    ignoreHTTPSErrors: true,
    viewport: { width: 1360, height: 860 },
    // A trace of every step costs more than the steps: TRACE=1 keeps those of tests that fail.
    trace: process.env.TRACE ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
    permissions: ['clipboard-read', 'clipboard-write'],
    launchOptions: {
      executablePath: process.env.POSTERN_CHROMIUM ?? browsers.find(existsSync),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
