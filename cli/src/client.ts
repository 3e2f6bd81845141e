import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ErrorBody, Job, LoginAnswer } from '@ronghe/contracts';

/** How the command line reaches a platform: address, and a key or a user with password. */
export type Access = { url: string; key: string | null; username: string; password: string | null };

/** An answer that is not 2xx, in the words of the platform. */
export class AnswerError extends Error {
  readonly status: number;
  constructor(status: number, body: ErrorBody | null) {
    const { message, hint, code, requestId } = body?.error ?? {};
    super(body ? `${message} (${code})\n${hint}\nrequestId ${requestId}` : `the platform answered ${status}`);
    this.name = 'AnswerError';
    this.status = status;
  }
}

export type Client = {
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body?: unknown): Promise<Answer>;
  patch<Answer>(path: string, body: unknown): Promise<Answer>;
  remove(path: string): Promise<void>;
  /** Hands a file over as the one file of a form, read while it is sent. */
  upload<Answer>(path: string, file: string, name: string): Promise<Answer>;
};

const JOB_POLL_MS = 500;
const TIMEOUT_MS = 60_000;
const UPLOAD_TIMEOUT_MS = 3_600_000;

/** Signs in on the first call when there is no key. Errors carry the platform's message and hint. */
export function createClient(access: Access): Client {
  let token: string | null = access.key;
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(new URL(path, access.url), {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        'accept-language': process.env.LANG?.startsWith('zh') ? 'zh-CN' : 'en',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new Error(`no platform answers at ${access.url}; start it with "ronghe start" or give --url`, {
        cause: error,
      });
    });
    const text = await response.text();
    if (!response.ok) throw new AnswerError(response.status, parse(text));
    return text === '' ? null : JSON.parse(text);
  };
  const signIn = async () => {
    if (token) return;
    if (!access.password) {
      throw new Error(
        'give an API key in RONGHE_CLI_KEY, or a password in RONGHE_CLI_PASSWORD (user --username, default admin)',
      );
    }
    const answer = (await call('POST', '/api/auth/login', {
      username: access.username,
      password: access.password,
    })) as LoginAnswer;
    token = answer.token;
  };
  const signed = async (method: string, path: string, body?: unknown) => {
    await signIn();
    return call(method, path, body);
  };
  return {
    get: async <Answer>(path: string) => (await signed('GET', path)) as Answer,
    post: async <Answer>(path: string, body: unknown = {}) => (await signed('POST', path, body)) as Answer,
    patch: async <Answer>(path: string, body: unknown) => (await signed('PATCH', path, body)) as Answer,
    remove: async (path) => void (await signed('DELETE', path)),
    async upload<Answer>(path: string, file: string, name: string) {
      await signIn();
      const boundary = `ronghe-${randomUUID()}`;
      const response = await fetch(new URL(path, access.url), {
        method: 'POST',
        signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': `multipart/form-data; boundary=${boundary}`,
        },
        body: Readable.toWeb(Readable.from(formOf(file, name, boundary))),
        duplex: 'half',
      } as RequestInit);
      const text = await response.text();
      if (!response.ok) throw new AnswerError(response.status, parse(text));
      return JSON.parse(text) as Answer;
    },
  };
}

/** Follows a job to its end, whatever that is. */
export async function waitForJob(api: Client, id: string): Promise<Job> {
  for (;;) {
    const job = await api.get<Job>(`/api/jobs/${id}`);
    if (['succeeded', 'failed', 'cancelled'].includes(job.state)) return job;
    await new Promise((resolve) => setTimeout(resolve, JOB_POLL_MS));
  }
}

/** One file as a form (RFC 7578); quotes and line breaks in its name are escaped as browsers do. */
async function* formOf(file: string, name: string, boundary: string): AsyncGenerator<Uint8Array> {
  const safe = name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  yield Buffer.from(
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${safe}"\r\ncontent-type: application/octet-stream\r\n\r\n`,
  );
  yield* createReadStream(file);
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}

function parse(text: string): ErrorBody | null {
  try {
    const body = JSON.parse(text) as ErrorBody;
    return typeof body.error === 'object' ? body : null;
  } catch {
    return null;
  }
}
