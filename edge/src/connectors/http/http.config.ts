import { isAbsolute } from 'node:path';
import { PointType } from '@ronghe/contracts';
import { z } from 'zod';
import { ConnectionBase, POINTS_MAX, PointBase, uniqueKeys } from '../../config.ts';
import { isZone } from '../../zone.ts';
import { isPointer, isTemplate } from './http.pointer.ts';
import { readTime, TIME_FORMATS } from './http.time.ts';

const LISTS_MAX = 100;
const SECRET_LENGTH_MAX = 4_096;

const pointer = z
  .string()
  .max(500)
  .refine(isPointer, 'a JSON Pointer (RFC 6901) like /data/0/value; empty for the whole');
const template = (lengthMax: number) =>
  z
    .string()
    .min(1)
    .max(lengthMax)
    .refine(
      isTemplate,
      'text with JSON Pointers in braces, like {/device}.{/metric}; {#} is the index or name',
    );
/** What frames a message is not the configuration's to say. */
const FRAMING = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** Tokens of RFC 9110, section 5.6.2, in lower case as they are compared. */
const headerName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'a name of a header in lower case, like x-api-key')
  .refine((name) => !FRAMING.includes(name), `not one of ${FRAMING.join(', ')}`);
const secret = z
  .string()
  .min(1)
  .max(SECRET_LENGTH_MAX)
  .regex(/^[\x20-\x7e]*$/, 'printable ASCII only, since it travels in a header')
  .meta({ secret: true });
const file = z.string().max(1_000).refine(isAbsolute, 'an absolute path').meta({ localPath: true });
const ms = (least: number, most: number) => z.number().int().min(least).max(most);

/** How a value is found, for single points and for lists alike. */
const found = {
  path: pointer.describe('where the value stands: in the whole answer for points, in the item for lists'),
  type: PointType.default('number').describe('what the values are; others are bad with type-mismatch'),
  textAsNumber: z
    .boolean()
    .default(false)
    .describe('the peer writes its numbers as text, like "12.5"; only for type number'),
  time: pointer
    .optional()
    .describe('where the source time stands, as for `path`; the connection’s `time` when left out'),
};

const HttpPoint = PointBase.extend(found);

const HttpList = PointBase.extend({
  items: pointer.describe('where the array stands, or the object whose members are the items'),
  key: template(500).describe('key of an item’s point: text with JSON Pointers into the item in braces'),
  name: template(500).optional().describe('as `key`'),
  unit: template(200).optional().describe('as `key`'),
  equipment: template(500).optional().describe('as `key`'),
  ...found,
  skipOtherTypes: z
    .boolean()
    .default(false)
    .describe('items of another type are left to another list instead of being bad'),
});

const BasicOrBearer = z.strictObject({
  kind: z.enum(['none', 'basic', 'bearer']).default('none').describe('how a request proves itself'),
  // RFC 7617, section 2: the colon ends the user-id.
  username: z
    .string()
    .regex(/^[^:]{1,200}$/, 'text without a colon')
    .optional()
    .describe('for kind basic'),
  password: z.string().max(SECRET_LENGTH_MAX).optional().describe('for kind basic').meta({ secret: true }),
  token: secret.optional().describe('for kind bearer'),
  header: headerName
    .default('authorization')
    .describe('header of the token; in another than `authorization` it stands without `Bearer `'),
});

const Login = z.strictObject({
  url: z
    .string()
    .max(500)
    .regex(/^https?:\/\/[^/@\s]+(\/\S*)?$/, 'like https://mes.example/api/login')
    .describe('address of the request that gives a token'),
  body: z
    .string()
    .max(SECRET_LENGTH_MAX)
    .describe('what is sent, with user and password')
    .meta({ secret: true }),
  contentType: z.string().max(100).default('application/json').describe('what `body` is'),
  tokenPath: pointer.describe('where the token stands in the JSON answer'),
  expiresPath: pointer.optional().describe('where its life in seconds stands; it is renewed before'),
  lifeSeconds: z
    .number()
    .int()
    .min(1)
    .max(31_536_000)
    .optional()
    .describe('its life when the answer does not tell; otherwise it is renewed at 401 only'),
});

const PollAuthentication = BasicOrBearer.extend({
  kind: z.enum(['none', 'basic', 'bearer', 'login']).default('none').describe('how a request proves itself'),
  login: Login.optional().describe('for kind login'),
}).superRefine(hasWhatItNeeds);
const PushAuthentication = BasicOrBearer.superRefine(hasWhatItNeeds);

type Proof = { kind: string; username?: unknown; password?: unknown; token?: unknown; login?: unknown };
function hasWhatItNeeds(given: Proof, context: z.RefinementCtx): void {
  const needs = { none: [], basic: ['username', 'password'], bearer: ['token'], login: ['login'] } as const;
  const kind = given.kind as keyof typeof needs;
  for (const key of ['username', 'password', 'token', 'login'] as const) {
    const wanted = (needs[kind] as readonly string[]).includes(key);
    if (wanted !== (given[key] !== undefined))
      context.addIssue({
        code: 'custom',
        path: [key],
        message: wanted ? `is needed by kind ${kind}` : `does not go with kind ${kind}`,
      });
  }
}

const Success = z.strictObject({
  path: pointer.describe('where an answer says whether it is one, like /code'),
  values: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .min(1)
    .max(20)
    .describe('what it says then'),
  renew: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .max(20)
    .default([])
    .describe('what it says when the token has expired, where that is not told by status 401'),
});

const Paging = z
  .strictObject({
    kind: z
      .enum(['next', 'cursor', 'page'])
      .describe(
        '`next`: an address in the answer; `cursor`: a mark in the answer; `page`: numbers until empty',
      ),
    path: pointer.optional().describe('where the address or the mark stands'),
    parameter: z.string().min(1).max(100).optional().describe('query parameter of the mark or the number'),
    first: z.number().int().min(0).max(1).default(1).describe('number of the first page'),
    pagesMax: z.number().int().min(1).max(10_000).default(100).describe('most pages of one poll'),
  })
  .superRefine((paging, context) => {
    if ((paging.path !== undefined) !== (paging.kind !== 'page'))
      context.addIssue({ code: 'custom', path: ['path'], message: 'goes with kind next and cursor' });
    if (paging.parameter !== undefined && paging.kind === 'next')
      context.addIssue({ code: 'custom', path: ['parameter'], message: 'goes with kind cursor and page' });
  });

const Since = z.strictObject({
  parameter: z.string().min(1).max(100).optional().describe('query parameter that takes the time'),
  format: z.enum(TIME_FORMATS).default('iso').describe('how the peer wants it written'),
  start: z
    .string()
    .refine((text) => readTime(text, 'iso', null) !== null, 'ISO 8601 with offset, like 2026-01-01T00:00:00Z')
    .optional()
    .describe('from where on at the very first start; that moment when left out'),
  overlapMs: ms(0, 86_400_000).default(0).describe('asks so much further back, for items that come late'),
});

const Tls = z.strictObject({
  caFile: file.optional().describe('PEM file: trust these authorities and no others'),
  certFile: file.optional().describe('PEM file: our own certificate'),
  keyFile: file.optional().describe('PEM file: its private key'),
});

const common = {
  bodyBytesMax: z
    .number()
    .int()
    .min(1_000)
    .max(64_000_000)
    .default(4_000_000)
    .describe('largest body, unpacked'),
  time: pointer
    .optional()
    .describe('where the source time stands in the whole answer; arrival when left out'),
  timeFormat: z
    .enum(TIME_FORMATS)
    .default('iso')
    .describe('how times are written; `local` is YYYY-MM-DD HH:mm:ss'),
  timeZone: z
    .string()
    .max(100)
    .refine(isZone, 'a name of the IANA database, like Asia/Shanghai')
    .optional()
    .describe('clock of times without an offset, like Asia/Shanghai'),
  tls: Tls.prefault({}),
  points: z.array(HttpPoint).max(POINTS_MAX).superRefine(uniqueKeys).default([]).describe('single values'),
  lists: z
    .array(HttpList)
    .max(LISTS_MAX)
    .default([])
    .describe('arrays whose items are values of many points'),
  pointsMax: z.number().int().min(1).max(POINTS_MAX).default(20_000).describe('most points of all lists'),
};

type Mapped = {
  points: readonly { time?: string | undefined }[];
  lists: readonly { time?: string | undefined }[];
  timeFormat: string;
  timeZone?: string | undefined;
};
function readsSomething(config: Mapped, context: z.RefinementCtx): void {
  if (config.points.length + config.lists.length === 0)
    context.addIssue({ code: 'custom', path: ['points'], message: 'at least one of points and lists' });
  if (config.timeFormat === 'local' && config.timeZone === undefined)
    context.addIssue({ code: 'custom', path: ['timeZone'], message: 'is needed by timeFormat local' });
}

/** We ask a peer again and again. */
const HttpPoll = ConnectionBase.extend({
  protocol: z.literal('http'),
  mode: z.literal('poll'),
  endpoint: z
    .string()
    .max(1_000)
    .regex(
      /^https?:\/\/[^/@\s?#]+(\/[^\s#]*)?$/,
      'like https://mes.example/api/values, without user and password',
    )
    .refine(isUrl, 'an address')
    .describe('address that is asked'),
  method: z.enum(['GET', 'POST']).default('GET').describe('how it is asked'),
  headers: z
    .record(
      headerName,
      z
        .string()
        .max(SECRET_LENGTH_MAX)
        .regex(/^[\x20-\x7e]*$/, 'printable ASCII only')
        .meta({ secret: true }),
    )
    .default({})
    .describe('further headers'),
  body: z
    .string()
    .max(100_000)
    .optional()
    .describe('for POST; {since}, {page} and {cursor} are replaced')
    .meta({ secret: true }),
  contentType: z.string().max(100).default('application/json').describe('what `body` is'),
  intervalMs: ms(100, 86_400_000).default(10_000).describe('time from poll to poll'),
  connectTimeoutMs: ms(50, 60_000).default(5_000).describe('longest wait for the connection'),
  timeoutMs: ms(50, 600_000).default(10_000).describe('longest wait for a whole answer'),
  authentication: PollAuthentication.prefault({}),
  success: Success.optional(),
  paging: Paging.optional(),
  since: Since.optional(),
  ...common,
})
  .superRefine(readsSomething)
  .superRefine((config, context) => {
    const wrong = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    const holds = (mark: string) => config.body?.includes(mark) === true;
    const { paging, since } = config;
    if (config.body !== undefined && config.method === 'GET') wrong(['method'], 'a body needs method POST');
    if (since !== undefined && since.parameter === undefined && !holds('{since}'))
      wrong(['since', 'parameter'], 'is needed, or {since} in the body');
    if (since !== undefined && config.lists.some((list) => (list.time ?? config.time) === undefined))
      wrong(['time'], 'since needs the time of every item');
    if (since?.format === 'local' && config.timeZone === undefined)
      wrong(['timeZone'], 'is needed by since.format local');
    if (paging !== undefined && config.lists.length === 0) wrong(['paging', 'kind'], 'paging needs lists');
    if (
      paging !== undefined &&
      paging.kind !== 'next' &&
      paging.parameter === undefined &&
      !holds(`{${paging.kind}}`)
    )
      wrong(['paging', 'parameter'], `is needed, or {${paging.kind}} in the body`);
  });

/** Peers call us. */
const HttpPush = ConnectionBase.extend({
  protocol: z.literal('http'),
  mode: z.literal('push'),
  listen: z
    .string()
    .max(300)
    .regex(/^https?:\/\/[^/@\s?#]+:\d{1,5}(\/[^\s?#]*)?$/, 'like http://127.0.0.1:8212/path, with the port')
    .refine(isUrl, 'an address')
    .describe('address, port and path that take requests; https needs `tls.certFile` and `tls.keyFile`'),
  authentication: PushAuthentication.prefault({}),
  silentMs: ms(500, 604_800_000)
    .default(60_000)
    .describe('time without a request after which points are stale'),
  timeoutMs: ms(100, 600_000).default(10_000).describe('longest time for one whole request'),
  requestsPerSecondMax: z.number().int().min(1).max(10_000).default(50).describe('more are answered 429'),
  connectionsMax: z.number().int().min(1).max(10_000).default(100).describe('most open connections'),
  ...common,
})
  .superRefine(readsSomething)
  .superRefine((config, context) => {
    if (!isUrl(config.listen)) return;
    const { protocol, hostname } = new URL(config.listen);
    if (config.authentication.kind === 'none' && !isLoopback(hostname))
      context.addIssue({
        code: 'custom',
        path: ['authentication', 'kind'],
        message: 'must be basic or bearer, since the address is not a loopback address',
      });
    for (const key of ['certFile', 'keyFile'] as const)
      if (protocol === 'https:' && config.tls[key] === undefined)
        context.addIssue({ code: 'custom', path: ['tls', key], message: 'is needed by https' });
  });

function isUrl(text: string): boolean {
  return URL.canParse(text);
}

/** The host of an address that only this machine reaches (RFC 6890: 127.0.0.0/8 and ::1). */
const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);

/** One HTTP peer that is asked, or one address that peers send to. */
export const HttpConfig = z.discriminatedUnion('mode', [HttpPoll, HttpPush]);
export type HttpConfig = z.infer<typeof HttpConfig>;
export type HttpPoll = z.infer<typeof HttpPoll>;
export type HttpPush = z.infer<typeof HttpPush>;
/** What says which values are read from a body, in both modes. */
export type Mapping = Pick<HttpPush, 'points' | 'lists' | 'time' | 'timeFormat' | 'timeZone'>;
