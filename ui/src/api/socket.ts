/**
 * The page's one WebSocket, /api/ws. Whoever subscribes keeps the connection open; it is made again after it is lost, and
 * all that is subscribed is asked for again. No state of its own is kept about values: see live.ts.
 */
import { get } from './client';
import { ApiError } from './errors';
import { parseJson, writeJson } from './json';
import { getSession, subscribe as onSession } from './session';

export interface Command {
  type: 'TIMESERIES' | 'ATTRIBUTES';
  entityType: 'DEVICE';
  entityId: string;
  scope: string;
  useStrictDataTypes: true;
}

export interface Answer {
  subscriptionId: number;
  errorCode: number;
  errorMsg: string | null;
  /** Newest point first. A value that is null has been deleted. */
  data: Record<string, [ts: number, value: unknown][]> | null;
}

/** `isFirst`: the present state, and not what has changed since. */
export type OnAnswer = (answer: Answer, isFirst: boolean) => void;

interface Subscription {
  command: Command;
  onAnswer: OnAnswer;
  isAnswered: boolean;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 20_000;
/** Views follow one another; a connection is not worth closing in between. */
const IDLE_WAIT = 15_000;

const subscriptions = new Map<number, Subscription>();
const listeners = new Set<() => void>();
let socket: WebSocket | null = null;
let isOpen = false;
let isRenewing = false;
let failures = 0;
let nextId = 1;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Whether updates are coming in now. */
export const isConnected = (): boolean => isOpen;

export function onConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Show `onAnswer` the present state and each change, until the function that is returned is called. */
export function subscribe(command: Command, onAnswer: OnAnswer): () => void {
  const id = nextId++;
  subscriptions.set(id, { command, onAnswer, isAnswered: false });
  if (isOpen) send({ cmds: [{ ...command, cmdId: id }] });
  else if (socket === null) connectAfter(0);
  return () => {
    if (!subscriptions.delete(id)) return;
    if (isOpen) send({ cmds: [{ type: command.type, cmdId: id, unsubscribe: true }] });
    if (subscriptions.size === 0) after(IDLE_WAIT, closeIfIdle);
  };
}

function after(wait: number, then: () => void): void {
  clearTimeout(timer);
  timer = setTimeout(then, wait);
}

function connectAfter(wait: number): void {
  after(wait, () => {
    if (subscriptions.size > 0 && socket === null && getSession() === 'in') connect();
  });
}

function connect(): void {
  const made = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/ws`);
  socket = made;
  // The browser adds the login's cookie, by which the server knows whose it is.
  made.onopen = () => {
    const cmds = [...subscriptions].map(([id, { command }]) => ({ ...command, cmdId: id }));
    for (const one of subscriptions.values()) one.isAnswered = false;
    send({ cmds });
    setOpen(true);
  };
  made.onmessage = (event) => receive(String(event.data));
  made.onclose = () => {
    if (socket !== made) return;
    socket = null;
    setOpen(false);
    if (subscriptions.size > 0) void retry();
  };
}

/** A login may have run out meanwhile: a call by REST renews it, or ends it for the whole page. */
async function retry(): Promise<void> {
  if (isRenewing) return;
  isRenewing = true;
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures++) * (0.75 + Math.random() / 2);
  await new Promise((done) => setTimeout(done, wait));
  const error: unknown = await get('/api/auth/user').then(
    () => null,
    (reason: unknown) => reason,
  );
  isRenewing = false;
  if (error === null) connectAfter(0);
  else if (!(error instanceof ApiError && error.status === 401)) void retry();
}

function send(message: object): void {
  socket?.send(writeJson(message));
}

function receive(text: string): void {
  const answer = parseJson(text) as Answer;
  const subscription = subscriptions.get(answer.subscriptionId);
  if (!subscription) return;
  failures = 0;
  const isFirst = !subscription.isAnswered;
  subscription.isAnswered = true;
  subscription.onAnswer(answer, isFirst);
}

function setOpen(next: boolean): void {
  if (isOpen === next) return;
  isOpen = next;
  listeners.forEach((listener) => listener());
}

function close(): void {
  const old = socket;
  socket = null;
  old?.close(1000);
  setOpen(false);
}

function closeIfIdle(): void {
  if (subscriptions.size === 0) close();
}

onSession(() => {
  if (getSession() !== 'in') close();
  else if (socket === null && subscriptions.size > 0) connectAfter(0);
});
