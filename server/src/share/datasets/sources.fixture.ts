// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import type { FieldMapping, Run, SourceDataset } from '@ronghe/contracts';
import { expect } from 'vitest';
import type { ShareTest } from '../share.fixture.ts';

const RUN_MS_MAX = 60_000;
const field = (from: string, to: string, transform = 'text', unit: string | null = null): FieldMapping => ({
  ...{ from, to, transform, unit, values: {} },
});
/** A table of electricity by enterprise with a person in it, as a city hands it over. */
export const METER_MAPPINGS: FieldMapping[] = [
  field('户号', 'column:户号'),
  field('企业', 'name', 'name'),
  field('电量', 'column:用电量', 'number', 'kilowatt-hour'),
  field('联系人', 'person:name'),
];

/** Sources whose rows are pushed, through HTTP, as their owners do it. */
export function sourcesOf(share: ShareTest) {
  async function run(source: string, body: object): Promise<Run> {
    const answer = await share.call<{ run: string }>('POST', `/api/fuse/sources/${source}/rows`, {
      payload: { idempotencyKey: share.platform.ids.next(), ...body },
    });
    expect(answer.status, answer.text).toBe(202);
    return settled(answer.body.run);
  }
  async function settled(id: string): Promise<Run> {
    const end = performance.now() + RUN_MS_MAX;
    for (;;) {
      const { body } = await share.call<Run>('GET', `/api/fuse/runs/${id}`);
      if (body.state !== 'running') {
        expect(body.state, JSON.stringify(body)).toBe('succeeded');
        return body;
      }
      if (performance.now() > end) throw new Error(`run ${id} is still at ${body.stage}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  return {
    settled,
    push: (source: string, rows: readonly object[]) => run(source, { rows }),
    drop: (source: string, deleted: readonly object[]) => run(source, { deleted }),

    async register(key: string, organisation: string, more: object = {}): Promise<string> {
      const answer = await share.call<{ id: string }>('POST', '/api/fuse/sources', {
        payload: {
          ...{ key, name: key, owner: '测试单位', organisation, rowKey: ['户号'], periodField: null },
          ...{
            tests: [],
            target: 'dataset',
            mode: 'full',
            watermarkField: null,
            priority: 50,
            schedule: null,
          },
          ...{ mappings: METER_MAPPINGS, connection: { kind: 'push', format: 'rows' } },
          ...more,
        },
      });
      expect(answer.status, answer.text).toBe(201);
      return answer.body.id;
    },

    /** Shares a source as it is proposed; `change` makes what is sent of the proposal. */
    async share(source: string, change: (told: object) => object = (told) => told, token?: string) {
      const url = `/api/fuse/sources/${source}/dataset`;
      const { body } = await share.call<SourceDataset>('GET', url);
      const columns = body.columns
        .filter(({ there }) => there)
        .map(({ to, name, title, description, grade, level, personal }) => ({
          ...{ to, name, title, description, grade, level, personal },
        }));
      const told = {
        ...{ name: body.dataset.replace(/^source_/, ''), title: body.title },
        ...{ description: body.description, columns },
      };
      return share.call<SourceDataset>('PUT', url, { payload: change(told), ...(token ? { token } : {}) });
    },
  };
}
