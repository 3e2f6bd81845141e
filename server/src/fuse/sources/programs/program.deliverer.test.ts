import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/errors.ts';
import { silentLog } from '#platform/log/log.ts';
import type { DeliveryRequest, Spool } from '../delivery.ts';
import {
  createProgramDeliverer,
  describeProgram,
  type ProgramConnection,
  type ProgramParts,
} from './program.deliverer.ts';
import { readPrograms } from './programs.ts';

const SECRET = 'geh"eim/密 7';
const here = import.meta.dirname;
let folder: string;
let programs: ProgramParts['programs'];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ronghe-programs-'));
  const script = join(folder, 'not-executable');
  writeFileSync(script, '#!/bin/sh\n');
  chmodSync(script, 0o600);
  programs = readPrograms([
    `tap=${process.execPath} ${join(here, 'fake-tap.fixture.mjs')} --fixed`,
    `connector=${process.execPath} ${join(here, 'fake-airbyte.fixture.mjs')}`,
    `missing=${join(folder, 'nowhere')}`,
    `not-executable=${script}`,
  ]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Change = Partial<ProgramConnection> & {
  secrets?: Record<string, string>;
  silentMsMax?: number;
  watermarkField?: string;
};
type Taken = { rows: Record<string, unknown>[]; deleted: number[] };

function partsOf({ secrets = {}, silentMsMax, watermarkField, ...rest }: Change): ProgramParts {
  const connection: ProgramConnection = {
    kind: 'program',
    protocol: 'singer',
    program: 'tap',
    stream: 'companies',
    settings: {},
    ...rest,
  };
  return { programs, connection, secrets, silentMsMax, watermarkField };
}
const singer = (settings: Record<string, unknown> = {}, change: Change = {}): Change => ({
  settings,
  ...change,
});
const airbyte = (settings: Record<string, unknown> = {}, change: Change = {}): Change => ({
  protocol: 'airbyte',
  program: 'connector',
  settings,
  ...change,
});

async function deliver(change: Change, request: Partial<DeliveryRequest> = {}) {
  const taken: Taken = { rows: [], deleted: [] };
  const parent = mkdtempSync(join(folder, 'spool-'));
  const spool: Spool = {
    folder: parent,
    add(rows, deleted = new Set()) {
      taken.deleted.push(...[...deleted].map((index) => index + taken.rows.length));
      taken.rows.push(...rows);
      return Promise.resolve();
    },
    addFile: () => Promise.reject(new Error('a program adds rows')),
  };
  const whole: DeliveryRequest = {
    signal: new AbortController().signal,
    bookmark: null,
    limits: { rowsMax: 2_000, bytesMax: 200_000_000, timeMsMax: 20_000 },
    tell: () => Promise.resolve(),
    ...request,
  };
  try {
    const delivered = await createProgramDeliverer(partsOf(change), {
      source: 'erp',
      log: silentLog(),
    }).deliver(spool, whole);
    return { ...delivered, ...taken };
  } finally {
    // settings and secrets are gone, whatever happened
    expect(readdirSync(parent)).toEqual([]);
  }
}
async function failureOf(change: Change, request: Partial<DeliveryRequest> = {}): Promise<AppError> {
  const error: unknown = await deliver(change, request).catch((thrown: unknown) => thrown);
  if (!(error instanceof AppError)) throw error;
  expect(JSON.stringify([error.message, error.values, error.details])).not.toContain('geh');
  return error;
}

const ROWS = [
  { id: 1, name: '江西铜业', at: '2026-01-01' },
  { id: 2, name: '赣锋锂业', at: '2026-01-02' },
];

describe('a Singer tap', () => {
  it('delivers one stream in full, then what changed since its newest state, with its deletions', async () => {
    const full = await deliver(singer({ rows: ROWS }));
    expect(full).toEqual({
      mode: 'full',
      bookmark: { state: { last: 2 }, version: 1 },
      keyProperties: ['id'],
      rows: ROWS,
      deleted: [],
    });
    const more = [...ROWS, { id: 3, name: 'x' }, { id: 4, _sdc_deleted_at: '2026-02-01T00:00:00Z' }];
    expect(await deliver(singer({ rows: more }), { bookmark: full.bookmark })).toEqual({
      mode: 'incremental',
      bookmark: { state: { last: 4 }, version: 1 },
      keyProperties: ['id'],
      rows: more.slice(2),
      deleted: [1],
    });
  });

  it('is full again when the tap starts a new version of the table, and for a stream without a replication key', async () => {
    const bookmark = { state: { last: 0 }, version: 1 };
    expect(await deliver(singer({ rows: ROWS, version: 2 }), { bookmark })).toMatchObject({
      mode: 'full',
      bookmark: { version: 2 },
    });
    const orders = await deliver(singer({ rows: ROWS }, { stream: 'orders' }), { bookmark });
    expect(orders).toMatchObject({ mode: 'full', bookmark: null, rows: ROWS });
    const chosen = singer({ rows: ROWS }, { stream: 'orders', watermarkField: 'at' });
    expect(await deliver(chosen, { bookmark })).toMatchObject({ mode: 'incremental', rows: ROWS });
  });

  it('gets settings with secrets in a private file, an empty folder, five names of environment and one stream selected', async () => {
    const note = join(folder, 'note.json');
    process.env.RONGHE_SECRET_OF_OURS = 'x';
    await deliver(
      singer({ note, credentials: { user: 'u' } }, { secrets: { password: SECRET, 'credentials.key': 'k' } }),
    );
    delete process.env.RONGHE_SECRET_OF_OURS;
    const seen = JSON.parse(readFileSync(note, 'utf8'));
    expect(seen.config).toEqual({ note, password: SECRET, credentials: { user: 'u', key: 'k' } });
    expect(seen.mode).toBe(0o600);
    expect(seen.environment).toEqual(['HOME', 'LANG', 'PATH', 'PYTHONUNBUFFERED', 'TMPDIR']);
    expect(seen.arguments[0]).toBe('--fixed');
    expect(JSON.stringify(seen.arguments)).not.toContain('geh');
    expect(existsSync(seen.folder)).toBe(false);
    expect(seen.state).toBe(null);
    expect(seen.catalog.streams).toHaveLength(1);
    expect(seen.catalog.streams[0]).toMatchObject({
      tap_stream_id: 'companies',
      schema: { selected: true },
      replication_method: 'INCREMENTAL',
      replication_key: 'at',
      metadata: [
        {
          breadcrumb: [],
          metadata: { selected: true, 'replication-method': 'INCREMENTAL', 'replication-key': 'at' },
        },
        { breadcrumb: ['properties', 'id'], metadata: { selected: true } },
        { breadcrumb: ['properties', 'name'], metadata: { selected: true, inclusion: 'available' } },
        { breadcrumb: ['properties', 'at'], metadata: { selected: true } },
      ],
    });
  });

  it('tells its streams', async () => {
    const parent = mkdtempSync(join(folder, 'describe-'));
    const offer = await describeProgram(partsOf(singer()), {
      source: 'erp',
      signal: new AbortController().signal,
      parent,
    });
    expect(offer.streams).toEqual([
      { name: 'companies', fields: ['id', 'name', 'at'], keys: ['id'], incremental: true },
      { name: 'orders', fields: ['id', 'name', 'at'], keys: ['id'], incremental: false },
    ]);
  });

  it.each<[string, Change, string, RegExp]>([
    [
      'rubbish among its messages',
      singer({ behaviour: 'rubbish' }),
      'SOURCE_UNREACHABLE',
      /^tap: line 1 of its output is no message: Connecting with …$/,
    ],
    [
      'an exit code',
      singer({ behaviour: 'exit' }),
      'SOURCE_UNREACHABLE',
      /^tap: it ended with code 3: CRITICAL cannot sign in as root with …$/,
    ],
    [
      'a crash with exit code 0',
      singer({ behaviour: 'quiet-crash' }),
      'SOURCE_UNREACHABLE',
      /ended without a record, but not well: KeyError/,
    ],
    ['no catalog', singer({ behaviour: 'no-catalog' }), 'SOURCE_UNREACHABLE', /gave no catalog/],
    [
      'a record before its schema',
      singer({ behaviour: 'no-schema' }),
      'SOURCE_UNREACHABLE',
      /came before its schema/,
    ],
    ['batches in files', singer({ behaviour: 'batch' }), 'SOURCE_UNREACHABLE', /BATCH/],
    [
      'another stream',
      singer({}, { stream: 'nix' }),
      'SOURCE_UNREACHABLE',
      /there is no stream nix, but companies, orders/,
    ],
    ['endless records', singer({ behaviour: 'endless' }), 'SOURCE_TOO_LARGE', /more than 2000 rows/],
    [
      'an endless line',
      singer({ behaviour: 'long-line' }),
      'SOURCE_TOO_LARGE',
      /a line of more than 33554432 bytes/,
    ],
    [
      'silence',
      singer({ behaviour: 'hang' }, { silentMsMax: 1_500 }),
      'SOURCE_UNREACHABLE',
      /it said nothing for 2 s/,
    ],
    ['a program nobody allowed', singer({}, { program: '/bin/sh' }), 'SOURCE_PROGRAM_REFUSED', /^$/],
    ['a program that is not there', singer({}, { program: 'missing' }), 'SOURCE_PROGRAM_REFUSED', /^$/],
    ['a file that cannot be run', singer({}, { program: 'not-executable' }), 'SOURCE_PROGRAM_REFUSED', /^$/],
  ])('%s has a clear error', async (_title, change, code, reason) => {
    const error = await failureOf({ ...change, secrets: { password: SECRET } });
    expect([error.code, String(error.values.reason ?? '')]).toEqual([code, expect.stringMatching(reason)]);
  });

  it('keeps what it said on standard error for the person', async () => {
    const error = await failureOf(singer({ behaviour: 'exit' }, { secrets: { password: SECRET } }));
    expect(error.details).toEqual([{ path: 'stderr', message: 'CRITICAL cannot sign in as root with …' }]);
  });

  it('is ended with its children when it hangs and somebody gives up, or when its time or its bytes are over', async () => {
    const cancel = new AbortController();
    const failed = deliver(singer({ behaviour: 'hang', note: join(folder, 'started') }), {
      signal: cancel.signal,
    });
    await expect.poll(() => existsSync(join(folder, 'started')), { timeout: 10_000 }).toBe(true);
    const { folder: home } = JSON.parse(readFileSync(join(folder, 'started'), 'utf8'));
    cancel.abort(new Error('given up'));
    await expect(failed).rejects.toThrow('given up');
    const inside = () =>
      readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(home));
    await expect.poll(inside).toEqual([]);
    const limits = { rowsMax: 1e9, bytesMax: 5_000_000, timeMsMax: 60_000 };
    expect((await failureOf(singer({ behaviour: 'endless' }), { limits })).values.reason).toMatch(
      /more than 5000000 bytes/,
    );
    const soon = { ...limits, timeMsMax: 1_000 };
    expect((await failureOf(singer({ behaviour: 'hang' }), { limits: soon })).values.reason).toMatch(
      /longer than/,
    );
  });
});

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

describe('an Airbyte connector', () => {
  it.each(['stream', 'global', 'legacy'])(
    'delivers one stream in full, then what changed (state: %s)',
    async (behaviour) => {
      const full = await deliver(airbyte({ behaviour, rows: ROWS }));
      expect([full.mode, full.keyProperties, full.rows.map(({ id }) => id)]).toEqual([
        'full',
        ['id'],
        [1, 2],
      ]);
      const more = [...ROWS, { id: 3 }, { id: 4, _ab_cdc_deleted_at: '2026-02-01' }];
      const next = await deliver(airbyte({ behaviour, rows: more }), { bookmark: full.bookmark });
      expect([next.mode, next.rows, next.deleted]).toEqual([
        'incremental',
        [
          { id: 3, mode: 'incremental' },
          { id: 4, _ab_cdc_deleted_at: '2026-02-01', mode: 'incremental' },
        ],
        [1],
      ]);
      const none = await deliver(airbyte({ behaviour, rows: more }), { bookmark: next.bookmark });
      expect([none.rows, none.bookmark]).toEqual([[], next.bookmark]);
    },
  );

  it('is read in full when it can nothing else', async () => {
    const full = await deliver(airbyte({ behaviour: 'full', rows: ROWS }), { bookmark: { state: [] } });
    expect([full.mode, full.bookmark, full.rows[0]?.mode]).toEqual(['full', null, 'full_refresh']);
  });

  it('tells its specification and streams', async () => {
    const parent = mkdtempSync(join(folder, 'describe-'));
    mkdirSync(parent, { recursive: true });
    const offer = await describeProgram(partsOf(airbyte()), {
      source: 'erp',
      signal: new AbortController().signal,
      parent,
    });
    expect(offer).toEqual({
      specification: { connectionSpecification: { type: 'object' } },
      streams: ['companies', 'orders'].map((name) => ({
        name: `public.${name}`,
        fields: ['id', 'name'],
        keys: ['id'],
        incremental: true,
      })),
    });
  });

  it.each([
    ['refused', /^connector: the check failed: bad key …$/],
    ['trace', /^connector: it says: the table is locked$/],
    ['unfinished', /did not finish the stream companies/],
  ])('%s has a clear error', async (behaviour, reason) => {
    const error = await failureOf(
      airbyte({ behaviour, rows: ROWS }, { secrets: { 'credentials.password': SECRET } }),
    );
    expect([error.code, error.values.reason]).toEqual(['SOURCE_UNREACHABLE', expect.stringMatching(reason)]);
    expect(error.details?.[0]).toEqual({ path: 'stderr', message: 'INFO started with …' });
  });
});
