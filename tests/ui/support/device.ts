import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { server } from './server';

/** A key and its self-signed certificate, made as a user makes them. */
export interface Identity {
  keyFile: string;
  certFile: string;
  key: string;
  cert: string;
}

export function makeIdentity(name: string): Identity {
  const dir = mkdtempSync(join(tmpdir(), 'postern-ui-'));
  const keyFile = join(dir, 'key.pem');
  const certFile = join(dir, 'cert.pem');
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-sha256'];
  const out = ['-keyout', keyFile, '-out', certFile];
  execFileSync('openssl', ['req', '-x509', ...kind, '-nodes', '-days', '365', '-subj', `/CN=${name}`, ...out], { stdio: 'ignore' });
  return { keyFile, certFile, key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
}

const doorArguments = (identity: Identity): string[] => [
  ...['--cafile', server.chain, '-h', 'localhost', '-p', String(server.mqttsPort)],
  ...['--cert', identity.certFile, '--key', identity.keyFile],
];

/** mosquitto_pub with QoS 1; fails when the server refuses. */
export async function publish(identity: Identity, payload: string): Promise<void> {
  const args = [...doorArguments(identity), '-q', '1', '-t', 'v1/devices/me/telemetry', '-m', payload];
  await promisify(execFile)('mosquitto_pub', args, { timeout: 15_000 });
}

/** A connected device: mosquitto_sub without its usual reconnecting, once it has its subscription. */
export async function connect(identity: Identity): Promise<{ process: ChildProcess; ended: Promise<void> }> {
  const args = [...doorArguments(identity), '-d', '-t', 'v1/devices/me/attributes'];
  const child = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const lost = new Promise<void>((resolve) => {
    const listen = (data: Buffer) => {
      said += data.toString();
      // mosquitto_sub 2.0 tries again for ever after a lost connection; its second CONNECT shows the loss.
      if (said.split('sending CONNECT').length > 2) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', () => resolve());
    child.on('error', () => resolve());
  });
  const deadline = Date.now() + 10_000;
  while (!said.includes('SUBACK')) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`mosquitto_sub did not connect: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { process: child, ended: lost };
}
