import { text } from '../text/en';

/** Codes of the error form, as far as the page tells them apart. */
export const ErrorCode = {
  authentication: 10,
  tokenExpired: 11,
  credentialsExpired: 15,
  invalidArguments: 30,
  badParameters: 31,
  notFound: 32,
  tooManyRequests: 33,
  versionConflict: 35,
  passwordViolation: 45,
} as const;

/** An answer of the server that says no. `message` is the server's own sentence and is shown as it is. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number | null;
  readonly field: string | null;

  constructor(status: number, code: number | null, message: string, field: string | null = null) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

/** No answer at all: the server is stopped, the network is down, or a proxy in between answers for it. */
export class ServerGoneError extends Error {
  constructor() {
    super(text.errors.serverGone);
    this.name = 'ServerGoneError';
  }
}

/** Make an ApiError of any body, the documented error form or not. */
export function errorFromBody(status: number, body: string): ApiError {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) {
      const form = parsed as { message?: unknown; errorCode?: unknown; field?: unknown };
      const message = typeof form.message === 'string' && form.message !== '' ? form.message : fallbackMessage(status);
      const code = typeof form.errorCode === 'number' ? form.errorCode : null;
      const field = typeof form.field === 'string' ? form.field : null;
      return new ApiError(status, code, message, field);
    }
  } catch {
    // Not JSON: some proxy's page, of no use to the reader.
  }
  return new ApiError(status, null, fallbackMessage(status));
}

function fallbackMessage(status: number): string {
  return text.errors.withoutMessage(status);
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** Someone else saved in the meantime. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === ErrorCode.versionConflict;
}

/** The one of a form's fields that the server's sentence is about, by the name that it has in the API; null: none of them. */
export function faultAt<F extends string>(error: unknown, fields: readonly F[]): F | null {
  if (!(error instanceof ApiError) || isConflict(error)) return null;
  return fields.find((field) => field === error.field) ?? null;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The form field an error belongs to, or null. The error form has no field of its own in ThingsBoard's API, so the
 * known sentences are recognised; a `field` member sent by the server goes first.
 */
export function fieldOf(error: unknown): 'name' | 'type' | 'label' | 'token' | 'certificate' | null {
  if (!(error instanceof ApiError)) return null;
  switch (error.field) {
    case 'name':
    case 'type':
    case 'label':
      return error.field;
    case 'credentialsId':
      return 'token';
    case 'certificate':
    case 'credentialsValue':
      return 'certificate';
  }
  const message = error.message.toLowerCase();
  if (/certificate|pem\b|x\.?509|private key/.test(message)) return 'certificate';
  if (/access token|credentials/.test(message)) return 'token';
  if (/\bname\b/.test(message)) return 'name';
  if (/\blabel\b/.test(message)) return 'label';
  if (/\b(type|profile)\b/.test(message)) return 'type';
  return null;
}
