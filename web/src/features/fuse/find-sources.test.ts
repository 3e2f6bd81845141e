import { expect, it } from 'vitest';
import { source } from '../../testing/intake-fixture.ts';
import { findSources } from './find-sources.ts';

const known = [
  source({ id: '1', name: '用电月报', key: 'power', owner: '供电公司', mappings: [] }),
  source({
    id: '2',
    name: '规上月报',
    key: 'stats',
    owner: '统计局',
    mappings: [{ from: '用电量', to: 'column:电量', transform: 'text', unit: null, values: {} }],
  }),
];

it.each([
  ['月报 用电', ['1', '2']],
  ['统计局', ['2']],
  ['电量', ['2']],
  ['POWER', ['1']],
  ['没有', []],
  ['', ['1', '2']],
])('%s finds %j: names first, then keys, owners and columns', (text, ids) => {
  expect(findSources(known, text).map(({ id }) => id)).toEqual(ids);
});
