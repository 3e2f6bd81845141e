import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IntakeTest, startIntake } from './testing/intake-platform.ts';

let intake: IntakeTest;
beforeAll(async () => {
  intake = await startIntake({ fuseFileSecondsMax: 2 });
}, 120_000);
afterAll(() => intake?.stop());

test('a small file whose reading never ends is told clearly, to a look, a preview and a run; the server goes on', async () => {
  const file = await intake.upload('无尽.csv', 'id,name\n1,甲\n');
  const upload = file.body.id;
  const path = join(intake.platform.config.data, 'uploads', upload);
  // a pipe that nobody writes into: who opens it waits for ever
  rmSync(path);
  execFileSync('mkfifo', [path]);
  const connection = { kind: 'upload', upload, options: {} };
  const said = /文件 无尽\.csv 无法读取：读取超过 2 秒仍未结束/;
  const look = intake.look(connection);
  const healthy = await intake.call('GET', '/api/fuse/sources');
  expect(healthy.status).toBe(200);
  expect((await look).status).toBe(422);
  expect((await look).text).toMatch(said);
  const preview = await intake.call('POST', '/api/fuse/mappings/preview', {
    payload: {
      ...{ from: { kind: 'upload', upload, options: {} }, limit: 5, rowKey: ['id'], periodField: null },
      ...{ mappings: [], tests: [], target: 'dataset' },
    },
  });
  expect(preview.text).toMatch(said);
  const { id } = await intake.register({ key: 'endless', mappings: [], connection });
  const run = await intake.run(id);
  expect(run).toMatchObject({ state: 'failed', stage: 'land', error: expect.stringMatching(said) });

  // the same source with its file in order
  rmSync(path);
  writeFileSync(path, 'id,name\n1,甲\n');
  expect((await intake.look(connection)).body).toMatchObject({
    columns: ['id', 'name'],
    rows: [{ id: '1', name: '甲' }],
  });
  expect(await intake.run(id)).toMatchObject({ state: 'succeeded', rowsNew: 1 });
}, 60_000);
