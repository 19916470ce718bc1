/*
 * Size of the first load: everything a browser without a cache fetches from the page's address until the overview,
 * its first view after the login, stands. Counted as gzip, which every client can take; brotli is smaller.
 * Fails when it is over the limit, so that the page stays quick on a slow line.
 */
import { readFileSync, rmSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const LIMIT_KB = 250;
const FIRST_VIEWS = ['LoginPage', 'OverviewPage'];
const dist = new URL('../dist/', import.meta.url);

const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const html = readFileSync(new URL('index.html', dist), 'utf8');
const files = new Set(['index.html']);

function add(key) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`size: the manifest has no entry ${key}`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const asset of chunk.assets ?? []) if (!/latin-ext/.test(asset)) files.add(asset);
  for (const next of chunk.imports ?? []) add(next);
}

add('index.html');
for (const view of FIRST_VIEWS) {
  const key = Object.keys(manifest).find((name) => manifest[name].name === view);
  if (!key) throw new Error(`size: no chunk is named ${view}`);
  add(key);
}
for (const [, name] of html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)) files.add(name);

let gzip = 0;
let brotli = 0;
for (const name of files) {
  const bytes = readFileSync(new URL(name, dist));
  const packed = name.endsWith('.woff2');
  const g = packed ? bytes.length : gzipSync(bytes, { level: 9 }).length;
  const b = packed ? bytes.length : brotliCompressSync(bytes).length;
  gzip += g;
  brotli += b;
  console.log(`  ${(g / 1000).toFixed(1).padStart(7)} kB  ${name}`);
}
console.log(`first load: ${(gzip / 1000).toFixed(1)} kB gzip, ${(brotli / 1000).toFixed(1)} kB brotli (limit ${LIMIT_KB} kB gzip)`);

// The manifest is for this check alone; it is not served.
rmSync(new URL('.vite', dist), { recursive: true });
if (gzip > LIMIT_KB * 1000) {
  console.error(`first load is over ${LIMIT_KB} kB: load something later, or take it out`);
  process.exit(1);
}
