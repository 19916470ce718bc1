/*
 * Make src/api/schema.d.ts, the types of the REST API, from its description in docs/openapi.
 * Does nothing when the types are newer than the description.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const output = join(root, 'ui/src/api/schema.d.ts');
const description = join(root, 'docs/openapi');
const joiner = join(root, 'scripts/join-openapi');

const changed = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const inputs = [joiner, ...readdirSync(description).map((name) => join(description, name))];
if (Math.max(...inputs.map(changed)) > changed(output)) {
  const folder = mkdtempSync(join(tmpdir(), 'postern-schema-'));
  const document = join(folder, 'openapi.json');
  try {
    execFileSync(joiner, [description, document, '0'], { stdio: 'inherit' });
    execFileSync('npx', ['--no-install', 'openapi-typescript', document, '-o', output], { stdio: ['ignore', 'ignore', 'inherit'] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
