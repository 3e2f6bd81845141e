import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Connector, Gap, Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { until } from '../../testing/wait.ts';
import { FileConfig } from './file.config.ts';
import { createPatience, NoAnswer } from './file.folder.ts';
import { createFile } from './file.ts';

let home: string;
let input: string;
let readings: Reading[];
let gaps: Gap[];
let running: Connector[];
let unhandled: unknown[];
const note = (reason: unknown) => unhandled.push(reason);

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ronghe-file-'));
  input = join(home, 'in');
  await mkdir(input);
  await mkdir(join(home, 'own'));
  readings = [];
  gaps = [];
  running = [];
  unhandled = [];
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await Promise.all(running.map((connector) => connector.stop()));
  process.off('unhandledRejection', note);
  expect(unhandled, 'nothing was rejected unseen').toEqual([]);
  await rm(home, { recursive: true, force: true });
});

const POINTS = [
  { key: 'contract.value', column: 'value', unit: 'Cel' },
  { key: 'contract.missing', column: 'nowhere' },
];

async function start(part: object = {}): Promise<Connector> {
  const connector = createFile({
    config: FileConfig.parse({
      name: 'drop',
      protocol: 'file',
      endpoint: pathToFileURL(input).href,
      intervalMs: 100,
      settleMs: 0,
      time: { columns: ['time'] },
      points: POINTS,
      ...part,
    }),
    emit: (some) => readings.push(...some),
    gap: (gap) => gaps.push(gap),
    log: silentLog(),
    clock: systemClock,
    folder: join(home, 'own'),
  });
  running.push(connector);
  await connector.start();
  return connector;
}

let files = 0;
/** Drops a file the way a careful writer does: written beside, then renamed. */
async function drop(values: readonly number[], name?: string): Promise<string> {
  files += 1;
  const file = name ?? `file-${files}.csv`;
  const now = Date.now();
  const rows = values.map((value, index) => `${new Date(now + index).toISOString()},${value}\n`);
  await writeFile(join(input, `.${file}`), `time,value\n${rows.join('')}`);
  await rename(join(input, `.${file}`), join(input, file));
  return file;
}

const goodValues = () => readings.filter(({ sample }) => sample[2] === 'good').map(({ sample }) => sample[1]);
const stale = () => readings.filter(({ sample }) => sample[3] === 'stale');
const seeValue = (value: number) => until(`value ${value} arrives`, () => goodValues().includes(value));
const inState = (connector: Connector, state: string) =>
  until(`the connection is ${state}`, () => connector.state().state === state);
/** Resolves after the folder was looked at twice more, by a file that is read in the second look. */
async function looks(): Promise<void> {
  for (let look = 0; look < 2; look += 1) {
    const value = 1_000_000 + files;
    await drop([value]);
    await seeValue(value);
  }
}

/** What a stop comes before is read again, so tests of restarts wait until it is remembered. */
const remembered = (what: string) =>
  until(`${what} is remembered`, async () =>
    (await readFile(join(home, 'own/files.jsonl'), 'utf8').catch(() => '')).includes(what),
  );

// The sentences of the shared contract, for a folder: its link is cut when it vanishes, its writer is the peer.
describe('file keeps the contract of connectors, as far as a folder has a link:', () => {
  test('delivers value, quality, source time and unit', async () => {
    await inState(await start(), 'connected');
    const before = Date.now();
    await drop([42.5]);
    await seeValue(42.5);
    const found = readings.find(({ sample }) => sample[1] === 42.5);
    expect(found?.point).toMatchObject({ key: 'contract.value', unit: 'Cel', type: 'number' });
    expect(Math.abs((found?.sample[0] ?? 0) - before)).toBeLessThan(1_000);
  });

  test('starts and stops cleanly and is silent afterwards', async () => {
    const connector = await start();
    await drop([1.5]);
    await seeValue(1.5);
    await connector.stop();
    expect(connector.state().state).toBe('stopped');
    const count = readings.length;
    await drop([2.5]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(readings.length).toBe(count);
    expect(stale()).toEqual([]);
  });

  test('becomes stale once when the folder vanishes, and recovers by itself', async () => {
    const connector = await start();
    await drop([3.5]);
    await seeValue(3.5);
    await rename(input, `${input}-away`);
    await until('the points become stale', () => stale().length > 0);
    expect(connector.state()).toMatchObject({
      state: 'disconnected',
      lastError: expect.stringMatching(/ENOENT/),
    });
    // Some more looks in vain: one loss is told once.
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(
      stale()
        .map(({ point }) => point.key)
        .sort(),
    ).toEqual(['contract.missing', 'contract.value']);
    await rename(`${input}-away`, input);
    await inState(connector, 'connected');
    await drop([4.5]);
    await seeValue(4.5);
    expect(connector.state().recoveries).toBe(1);
    expect(gaps).toMatchObject([{ points: 2, filled: null, reason: 'ENOENT' }]);
    expect(goodValues()).toEqual([3.5, 4.5]);
  });

  test('is not stopped by one failing point', async () => {
    const connector = await start();
    await drop([9.5]);
    await seeValue(9.5);
    await until('the failing point is counted', () => connector.state().pointsFailed === 1);
    expect(connector.state().points).toBe(2);
    const missing = readings.filter(({ point }) => point.key === 'contract.missing');
    expect(missing.map(({ sample }) => sample.slice(1))).toEqual([[null, 'bad', 'column-missing']]);
    await drop([10.5]);
    await seeValue(10.5);
  });

  test('waits for an absent folder without an unhandled rejection', async () => {
    await rm(input, { recursive: true });
    const connector = await start();
    await until('the failure is told', () => connector.state().lastError !== null);
    expect(connector.state().state).not.toBe('connected');
    await mkdir(input);
    await inState(connector, 'connected');
    await drop([11.5]);
    await seeValue(11.5);
    expect(gaps).toEqual([]);
  });

  test('a slow writer is waited for: a file is read when it stayed the same long enough', async () => {
    await start({ settleMs: 400 });
    const path = join(input, 'slow.csv');
    await writeFile(path, 'time,value\n');
    for (let value = 1; value <= 6; value += 1) {
      await appendFile(path, `2024-01-01 00:00:0${value},${value}\n`);
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(goodValues()).toEqual([]);
    }
    await seeValue(6);
    expect(goodValues()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('garbage in a file is told and moved away, and the next file is read', async () => {
    const connector = await start({ after: 'move' });
    const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 7919 + 13) % 256));
    for (const name of ['a.csv', 'b.xlsx', 'c.parquet']) await writeFile(join(input, name), bytes);
    await drop([12.5], 'good.csv');
    await seeValue(12.5);
    await until('the others are moved', async () => (await readdir(join(input, 'failed'))).length === 3);
    expect(goodValues()).toEqual([12.5]);
    expect(connector.state()).toMatchObject({ state: 'connected' });
    expect(connector.state().lastError).toMatch(/parquet|xlsx|csv/);
  });

  test('a file system that does not answer is noticed, is not asked more, and can be left', async () => {
    const stopping = new AbortController();
    const patience = createPatience({ timeoutMs: 50, signal: stopping.signal });
    let answer: () => void = () => undefined;
    const never = () => new Promise<void>((resolve) => (answer = resolve));
    await expect(patience(never)).rejects.toThrow(NoAnswer);
    let asked = 0;
    const ask = async () => {
      asked += 1;
    };
    await expect(patience(ask)).rejects.toThrow('still does not answer');
    expect(asked).toBe(0);
    answer();
    await until('it answers again', () =>
      patience(ask).then(
        () => true,
        () => false,
      ),
    );
    const left = expect(patience(never)).rejects.toThrow('abort');
    stopping.abort();
    await left;
  });
});

describe('each file once:', () => {
  test('over restarts, also when it has another name or another time', async () => {
    const connector = await start();
    const name = await drop([1, 2, 3]);
    await seeValue(3);
    await remembered('"end":"done"');
    await connector.stop();
    await rename(join(input, name), join(input, 'other.csv'));
    await utimes(join(input, 'other.csv'), new Date(), new Date());
    await start();
    await looks();
    expect(goodValues().filter((value) => Number(value) < 10)).toEqual([1, 2, 3]);
  });

  test('new content under an old name is read', async () => {
    await start();
    await drop([1], 'same.csv');
    await seeValue(1);
    await drop([2], 'same.csv');
    await seeValue(2);
    expect(goodValues()).toEqual([1, 2]);
  });

  test('where the key comes from the name, the same content counts for each name', async () => {
    await start({ pattern: '{line}.csv', keyTemplate: '{line}/{key}' });
    await writeFile(join(input, '一线.csv'), 'time,value\n2024-01-01,5\n');
    await writeFile(join(input, '二线.csv'), 'time,value\n2024-01-01,5\n');
    await until('both are read', () => goodValues().length === 2);
    expect(readings.map(({ point }) => point.key).sort()).toEqual([
      '一线/contract.missing',
      '一线/contract.value',
      '二线/contract.missing',
      '二线/contract.value',
    ]);
  });

  test('what was read is moved without hurting what is there, or deleted', async () => {
    await start({ after: 'move', doneFolder: '../archive' });
    await drop([1], 'day.csv');
    await seeValue(1);
    await until('it is moved', () => !existsSync(join(input, 'day.csv')));
    await drop([2], 'day.csv');
    await seeValue(2);
    await until('it is moved', () => !existsSync(join(input, 'day.csv')));
    const moved = await readdir(join(home, 'archive'));
    expect(moved.sort()[1]).toBe('day.csv');
    expect(moved[0]).toMatch(/^day-[0-9a-f]{8}\.csv$/);
    await running[0]?.stop();
    await start({ after: 'delete' });
    await drop([3], 'gone.csv');
    await seeValue(3);
    await until('it is deleted', () => !existsSync(join(input, 'gone.csv')));
  });

  test('a file that failed stays, and is read after a restart with a better configuration', async () => {
    const connector = await start({ after: 'delete', time: { columns: ['when'] } });
    const name = await drop([8]);
    await until('the fault is told', () => connector.state().lastError?.includes('the column when'));
    await connector.stop();
    expect(existsSync(join(input, name))).toBe(true);
    await start({ after: 'delete' });
    await seeValue(8);
  });

  test('links, folders, hidden files and lock files of Excel are left alone', async () => {
    await writeFile(join(home, 'secret.csv'), 'time,value\n2024-01-01,666\n');
    await symlink(join(home, 'secret.csv'), join(input, 'link.csv'));
    await mkdir(join(input, 'sub.csv'));
    await writeFile(join(input, '.hidden.csv'), 'time,value\n2024-01-01,667\n');
    await writeFile(join(input, '~$book.csv'), 'time,value\n2024-01-01,668\n');
    await start();
    await looks();
    expect(goodValues().filter((value) => Number(value) < 1_000)).toEqual([]);
  });
});

test('rows that cannot be read are written down with line and reason, and counted', async () => {
  const connector = await start();
  await writeFile(join(input, 'x.csv'), 'time,value\nnever,1\n2024-01-01,2\n2024-01-01\n2024-01-01,three\n');
  await seeValue(2);
  await until('it is told', () => connector.state().lastError !== null);
  const lines = (await readFile(join(home, 'own/rejects.jsonl'), 'utf8')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { file: 'x.csv', line: 2, reason: 'time-unreadable', text: 'never | 1' },
    { file: 'x.csv', line: 4, reason: 'too-few-columns', text: '2024-01-01' },
  ]);
  expect(readings.at(-1)?.sample.slice(1)).toEqual([null, 'bad', 'not-a-number']);
  expect(connector.state().lastError).toBe('x.csv: row in line 2 rejected: time-unreadable');
});

test('a key that the platform does not allow is rejected without hurting the others', async () => {
  const connector = await start({ keyColumn: 'k', valueColumn: 'v', points: [] });
  await writeFile(join(input, 'x.csv'), 'time,k,v\n2024-01-01,<b>,1\n2024-01-01,ok,2\n');
  await seeValue(2);
  await until('it is told', () => connector.state().lastError !== null);
  const rejects = await readFile(join(home, 'own/rejects.jsonl'), 'utf8');
  expect(JSON.parse(rejects)).toMatchObject({ line: 2, reason: 'key-not-allowed' });
});

describe('files that grow:', () => {
  const grow = { mode: 'append', points: [{ key: 'v', column: 'value' }] };
  const row = (value: number) => `2024-01-01T00:00:0${value % 10}Z,${value}\n`;

  test('are read on from the last whole line, over restarts', async () => {
    const path = join(input, 'log.csv');
    await writeFile(path, `time,value\n${row(1)}2024-01-01T00:00:02Z,2`);
    const connector = await start(grow);
    await seeValue(1);
    await appendFile(path, `2\n${row(3)}`);
    await seeValue(3);
    await remembered('"rows":3');
    await connector.stop();
    await appendFile(path, row(4));
    await start(grow);
    await seeValue(4);
    expect(goodValues()).toEqual([1, 22, 3, 4]);
  });

  test('are followed when they are renamed, and begin anew under the old name', async () => {
    const path = join(input, 'log.csv');
    await writeFile(path, `time,value\n${row(1)}`);
    await start(grow);
    await seeValue(1);
    await appendFile(path, row(2));
    await rename(path, join(input, 'log.1.csv'));
    await writeFile(path, `time,value\n${row(3)}`);
    await seeValue(2);
    await seeValue(3);
    await appendFile(join(input, 'log.1.csv'), row(4));
    await appendFile(path, row(5));
    await seeValue(4);
    await seeValue(5);
    expect(goodValues().map(Number).sort()).toEqual([1, 2, 3, 4, 5]);
  });

  test('begin anew when they became shorter', async () => {
    const path = join(input, 'log.csv');
    await writeFile(path, `time,value\n${row(1)}${row(2)}`);
    await start(grow);
    await seeValue(2);
    await truncate(path, 0);
    await appendFile(path, `time,value\n${row(3)}`);
    await seeValue(3);
    expect(goodValues()).toEqual([1, 2, 3]);
  });
});

test('a file that changes while it is read is read again', async () => {
  const path = join(input, 'big.csv');
  const rows = Array.from({ length: 30_000 }, (_, index) => `${1_704_067_200_000 + index},${index}\n`);
  await writeFile(path, `time,value\n${rows.join('')}`);
  const connector = await start({ points: [{ key: 'v', column: 'value' }] });
  await until('it has begun', () => readings.length > 1_000);
  const handle = await open(path, 'r+');
  await handle.write(',1234567\n', 20_000);
  await handle.close();
  await until(
    'the last row was read twice',
    () => goodValues().filter((value) => value === 29_999).length === 2,
  );
  assert.match(connector.state().lastError ?? '', /changed while it was read|rejected/);
});
