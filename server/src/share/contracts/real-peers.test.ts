import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sourcesOf } from '../datasets/sources.fixture.ts';
import { type ShareTest, startShare } from '../share.fixture.ts';

/** Programs of others that read contracts: the schema of the standard comes with the first, so that none is copied here. */
const PACKAGES = ['pyodcs==0.9.1', 'datacontract-cli==1.2.8'];
const PLACE = join(import.meta.dirname, '../../../../.cache/peers/odcs');
const INSTALL_MS_MAX = 900_000;
const RUN_MS_MAX = 120_000;

const run = (file: string, args: readonly string[], timeout = RUN_MS_MAX) => {
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', timeout });
  return { status, text: `${stdout}${stderr}${error?.message ?? ''}`, out: stdout };
};

/** Why the programs are not there; null when they are. What was installed once is used again. */
function missing(): string | null {
  const mark = join(PLACE, 'installed');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === PACKAGES.join(' ')) return null;
  mkdirSync(PLACE, { recursive: true });
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', '--clear', PLACE]],
    [join(PLACE, 'bin/pip'), ['install', '--quiet', ...PACKAGES]],
  ];
  for (const [file, args] of steps) {
    const { status, text } = run(file, args, INSTALL_MS_MAX);
    if (status !== 0) return text.trim().slice(-300);
  }
  writeFileSync(mark, PACKAGES.join(' '));
  return null;
}

const absent = missing();
const suite = absent === null ? describe : describe.skip;
suite(absent === null ? `contracts read by ${PACKAGES.join(' and ')}` : `NOT RUN: ${absent}`, () => {
  let share: ShareTest;
  let folder: string;
  const contracts = new Map<string, { json: unknown; file: string }>();
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ronghe-odcs-'));
    share = await startShare();
    await share.platform.signIn({ organisation: 'jx.nanchang', role: 'officer', kind: 'city' });
    const sources = sourcesOf(share);
    const source = await sources.register('peers', 'jx.nanchang');
    await sources.push(source, [{ 户号: 'h1', 企业: '甲铜业', 电量: 12_000, 联系人: '张三' }]);
    await sources.share(source);
    const words = { title: { zh: '城市', en: 'Cities' }, description: { zh: '数', en: 'Counts' } };
    const sql = 'select city, count() as enterprises from share.enterprises group by city';
    const saved = await share.call('POST', '/api/share/queries', {
      payload: { name: 'cities', organisation: 'jx', ...words, sql, key: ['city'] },
    });
    expect(saved.status, saved.text).toBe(201);
    const { body } = await share.call<{ items: { id: string }[] }>('GET', '/api/share/datasets');
    for (const { id } of body.items) {
      const url = `/api/share/datasets/${id}/contract`;
      const file = join(folder, `${id}.odcs.yaml`);
      writeFileSync(file, (await share.call('GET', url)).text);
      contracts.set(id, { json: (await share.call('GET', `${url}?format=json`)).body, file });
    }
  }, 240_000);
  afterAll(async () => {
    await share?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('every contract holds by the JSON schema of the standard', () => {
    const { out } = run(join(PLACE, 'bin/pyodcs'), ['schema']);
    const valid = new Ajv2019({ allErrors: true, strict: false, validateFormats: false }).compile(
      JSON.parse(out) as object,
    );
    expect(contracts.size).toBe(6);
    for (const [id, { json }] of contracts)
      expect(valid(json), `${id}: ${JSON.stringify(valid.errors)}`).toBe(true);
    const [first] = contracts.values();
    expect(valid({ ...(first?.json as object), kind: 'Something' })).toBe(false);
    expect(valid({ ...(first?.json as object), unknownField: 1 })).toBe(false);
  });

  test('every contract is valid to pyodcs, and passes the lint of datacontract-cli', () => {
    for (const [id, { file }] of contracts) {
      const validated = run(join(PLACE, 'bin/pyodcs'), ['validate', file]);
      expect(validated.status, `${id}: ${validated.text}`).toBe(0);
      const linted = run(join(PLACE, 'bin/datacontract'), ['lint', file]);
      expect(linted.status, `${id}: ${linted.text}`).toBe(0);
    }
    const broken = join(folder, 'broken.odcs.yaml');
    writeFileSync(broken, 'apiVersion: v3.1.0\nkind: DataContract\nid: a\nversion: "1"\n');
    expect(run(join(PLACE, 'bin/pyodcs'), ['validate', broken]).status).not.toBe(0);
    expect(run(join(PLACE, 'bin/datacontract'), ['lint', broken]).status).not.toBe(0);
  }, 600_000);
});
