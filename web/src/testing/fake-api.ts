export type Sent = { method: string; path: string; query: Record<string, string>; body: unknown };
type Answer = unknown | ((sent: Sent) => unknown);
/** Answers by `METHOD /path`; a `*` stands for one part of the path. */
export type Answers = Readonly<Record<string, Answer>>;

/** An answer that refuses, in the house's shape. */
export class Refused {
  readonly status: number;
  readonly error: Record<string, unknown>;
  constructor(status: number, error: Record<string, unknown>) {
    this.status = status;
    this.error = { message: '请求内容不符合要求', hint: '按逐项说明修改后重试', requestId: 'r-1', ...error };
  }
}

const undo: (() => void)[] = [];
function replace(name: 'fetch' | 'XMLHttpRequest', value: unknown): void {
  const real = globalThis[name];
  undo.push(() => Object.assign(globalThis, { [name]: real }));
  Object.assign(globalThis, { [name]: value });
}
/** Puts the real border back; for the end of every test. */
export function realBorder(): void {
  for (const restore of undo.splice(0).reverse()) restore();
}

/** Stands in for the API at the border of the portal: answers by address, and keeps what was sent. */
export function fakeApi(answers: Answers): Sent[] {
  const sent: Sent[] = [];
  replace('fetch', async (address: string, init?: RequestInit) => {
    const { status, body } = answerTo(answers, sent, String(address), init?.method ?? 'GET', init?.body);
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
  });
  return sent;
}

export function answerTo(answers: Answers, sent: Sent[], address: string, method: string, body: unknown) {
  const url = new URL(address, 'http://portal.test');
  const asked: Sent = {
    method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    body: typeof body === 'string' ? JSON.parse(body) : null,
  };
  sent.push(asked);
  const key = Object.keys(answers).find((candidate) => fits(candidate, `${method} ${url.pathname}`));
  if (key === undefined)
    return {
      status: 404,
      body: { error: { code: 'NOT_FOUND', message: `${method} ${url.pathname}`, hint: '' } },
    };
  const answer = answers[key];
  const value: unknown = typeof answer === 'function' ? answer(asked) : answer;
  if (value instanceof Refused) return { status: value.status, body: { error: value.error } };
  return { status: 200, body: value };
}

const fits = (pattern: string, asked: string): boolean => {
  const parts = pattern.split('/');
  const other = asked.split('/');
  return parts.length === other.length && parts.every((part, at) => part === '*' || part === other[at]);
};

/** A page of a list that is all there is. */
export const pageOf = (items: readonly unknown[]) => ({ items, next: null, total: items.length });

type Upload = { status?: number; body: unknown };
/** Stands in for the browser's upload: tells progress once, then answers. */
export function fakeUpload({ status = 200, body }: Upload): File[] {
  const files: File[] = [];
  class Upload extends EventTarget {
    readonly upload = new EventTarget();
    status = 0;
    responseText = '';
    open(): void {}
    setRequestHeader(): void {}
    abort(): void {
      this.dispatchEvent(new Event('abort'));
    }
    send(form: FormData): void {
      files.push(form.get('file') as File);
      setTimeout(() => {
        this.upload.dispatchEvent(Object.assign(new Event('progress'), { loaded: 5, total: 10 }));
        this.status = status;
        this.responseText = JSON.stringify(body);
        this.dispatchEvent(new Event('load'));
      });
    }
  }
  replace('XMLHttpRequest', Upload);
  return files;
}
