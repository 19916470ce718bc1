import { readFileSync } from 'node:fs';

function needed(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; tests/ui/run starts a server and sets it`);
  return value;
}

/** The server under test, from the environment. */
export const server = {
  url: needed('POSTERN_URL').replace(/\/$/, ''),
  user: process.env.POSTERN_USER ?? 'tenant@localhost',
  /** The installation's administrator, with the same password; undefined: none is known. */
  operator: process.env.POSTERN_OPERATOR,
  password: process.env.POSTERN_PASSWORD_FILE
    ? readFileSync(process.env.POSTERN_PASSWORD_FILE, 'utf8').trim()
    : needed('POSTERN_PASSWORD'),
  mqttsPort: Number(needed('POSTERN_MQTTS_PORT')),
  /** PEM file of the server's chain, for mosquitto's --cafile. */
  chain: needed('POSTERN_CHAIN'),
};
