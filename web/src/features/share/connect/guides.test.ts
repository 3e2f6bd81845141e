import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { KEY_PLACEHOLDER } from '../../ingest/door-examples.ts';
import { GUIDE_NAMES, type GuideName, guideOf, NEEDS_SQL, type Places } from './guides.ts';

const DATASET = {
  ...{ id: 'observations', table: 'share.observations' },
  columns: [
    { name: 'point', type: 'text' as const },
    { name: 'observed_at', type: 'time' as const },
    { name: 'value', type: 'number' as const },
  ],
};
const OPEN: Places = { http: 'https://data.example:8443', sql: { host: 'data.example', port: 8123 } };
const CLOSED: Places = { ...OPEN, sql: null };
const texts = (guide: GuideName, places: Places) => guideOf(guide, DATASET, places).map(({ text }) => text);

const folder = mkdtempSync(join(tmpdir(), 'ronghe-guides-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('guides to connect', () => {
  it('name this platform and this dataset, and leave only the key to put in', () => {
    for (const guide of GUIDE_NAMES) {
      const all = texts(guide, OPEN).join('\n');
      expect(all, guide).toContain(KEY_PLACEHOLDER);
      expect(all, guide).toMatch(/share\.observations|datasets\/observations/);
      expect(all, guide).toContain('data.example');
      expect(all, guide).not.toMatch(/undefined|\[object|<[A-Z_]+>/);
    }
  });

  it('speak of no SQL port where there is none', () => {
    for (const guide of GUIDE_NAMES) {
      const examples = texts(guide, CLOSED);
      expect(examples.join('\n')).not.toContain('8123');
      expect(examples.length === 0).toBe(NEEDS_SQL.has(guide));
    }
  });

  it('are what their languages read: shell and JavaScript', () => {
    for (const text of texts('curl', OPEN)) execFileSync('sh', ['-n', '-c', text]);
    const file = join(folder, 'read.mjs');
    for (const text of texts('node', OPEN)) {
      writeFileSync(file, text);
      execFileSync(process.execPath, ['--check', file]);
      writeFileSync(file, `${text}\n)`);
      expect(() => execFileSync(process.execPath, ['--check', file], { stdio: 'ignore' })).toThrow();
    }
  });

  it('ask Grafana by its own time where the dataset has one', () => {
    expect(texts('grafana', OPEN).at(-1)).toContain('$__timeFilter(observed_at)');
    const timeless = { ...DATASET, columns: DATASET.columns.slice(0, 1) };
    expect(guideOf('grafana', timeless, OPEN).at(-1)?.text).toBe(
      'select point from share.observations limit 100',
    );
  });
});
