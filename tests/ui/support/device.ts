import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { server } from './server';

/** A key and its certificate, made as a user makes them. */
export interface Identity {
  keyFile: string;
  certFile: string;
  key: string;
  cert: string;
}

const EC = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

export function makeIdentity(name: string, key: string[] = EC, more: string[] = []): Identity {
  const dir = mkdtempSync(join(tmpdir(), 'postern-ui-'));
  const keyFile = join(dir, 'key.pem');
  const certFile = join(dir, 'cert.pem');
  const out = ['-keyout', keyFile, '-out', certFile];
  const args = ['req', '-x509', '-newkey', ...key, '-sha256', '-nodes', '-days', '365', '-subj', `/CN=${name}`, ...more, ...out];
  execFileSync('openssl', args, { stdio: 'ignore' });
  return { keyFile, certFile, key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
}

/** A certificate that ended yesterday. */
export function makeExpired(name: string): string {
  const { keyFile, certFile } = makeIdentity(name);
  const old = `${certFile}.old`;
  execFileSync('openssl', ['x509', '-in', certFile, '-signkey', keyFile, '-days', '-1', '-out', old], { stdio: 'ignore' });
  return readFileSync(old, 'utf8');
}

/** The certificate of an authority below another one. */
export function makeAuthority(name: string): string {
  const root = makeIdentity(`${name} root`);
  const { certFile } = makeIdentity(name);
  const signed = `${certFile}.signed`;
  const args = ['x509', '-in', certFile, '-CA', root.certFile, '-CAkey', root.keyFile, '-CAcreateserial', '-days', '90', '-out', signed];
  execFileSync('openssl', args, { stdio: 'ignore' });
  return readFileSync(signed, 'utf8');
}

/** A device's certificate below an authority, and the file that holds both, the authority first. */
export function makeChain(name: string): Identity & { chainFile: string } {
  const root = makeIdentity(`${name}-authority`);
  const device = makeIdentity(name);
  const args = ['req', '-new', '-key', device.keyFile, '-subj', `/CN=${name}`, '-out', `${device.certFile}.csr`];
  execFileSync('openssl', args, { stdio: 'ignore' });
  const sign = ['x509', '-req', '-in', `${device.certFile}.csr`, '-CA', root.certFile, '-CAkey', root.keyFile, '-CAcreateserial'];
  execFileSync('openssl', [...sign, '-days', '90', '-out', device.certFile], { stdio: 'ignore' });
  const cert = readFileSync(device.certFile, 'utf8');
  const chainFile = join(dirname(device.certFile), 'chain.pem');
  writeFileSync(chainFile, root.cert + cert);
  return { ...device, cert, chainFile };
}

/** mosquitto_pub with QoS 1; fails when the server refuses. */
export async function publish(identity: Identity, payload: string): Promise<void> {
  const door = ['--cafile', server.chain, '-h', 'localhost', '-p', String(server.mqttsPort)];
  const own = ['--cert', identity.certFile, '--key', identity.keyFile];
  const args = [...door, ...own, '-q', '1', '-t', 'v1/devices/me/telemetry', '-m', payload];
  await promisify(execFile)('mosquitto_pub', args, { timeout: 15_000 });
}

/** CONNECT of MQTT 3.1.1 with a clean session, keep-alive 60 s and the client id "page". */
const CONNECT = Buffer.from([0x10, 16, 0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 60, 0, 4, ...Buffer.from('page')]);
const ACCEPTED = Buffer.from([0x20, 2, 0, 0]);

export interface Connection {
  /** When the server ended it, as Date.now(). */
  ended: Promise<number>;
  isOpen: () => boolean;
  close: () => void;
}

/** A connected device that only listens. By hand and not by a client program, to know the moment at which it ends. */
export function connect(identity: Identity): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const ca = readFileSync(server.chain);
    const socket = connectTls({ host: 'localhost', port: server.mqttsPort, ca, cert: identity.cert, key: identity.key });
    let open = true;
    const ended = new Promise<number>((done) => {
      socket.once('close', () => {
        open = false;
        reject(new Error('the server closed the connection'));
        done(Date.now());
      });
    });
    socket.on('error', reject);
    socket.once('secureConnect', () => socket.write(CONNECT));
    socket.once('data', (answer: Buffer) => {
      if (answer.equals(ACCEPTED)) resolve({ ended, isOpen: () => open, close: () => socket.destroy() });
      else reject(new Error(`the server answered ${answer.toString('hex')}`));
    });
  });
}
