import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { fakeApi, realBorder } from '../../testing/fake-api.ts';
import { DICTIONARIES, idOf, me, SOURCE_ID } from '../../testing/intake-fixture.ts';
import { OWN_RULE, QUALITY } from '../../testing/quality-fixture.ts';
import { show } from '../../testing/render.tsx';
import { EnterpriseQualityPanel } from './enterprise-quality.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

it('an enterprise fares differently in each source, and the rules it does not meet are named', async () => {
  const breach = {
    rule: OWN_RULE.id,
    rowKey: 'K-9',
    period: null,
    field: 'employees',
    value: '0',
    expected: '>= 1',
  };
  fakeApi({
    'GET /api/fuse/enterprises/*/quality': {
      items: [
        { source: SOURCE_ID, sourceName: '规上企业名单', scores: QUALITY.scores, breaches: [breach] },
        { source: idOf(31), sourceName: '用电月报', scores: QUALITY.scores, breaches: [] },
      ],
    },
    'GET /api/fuse/quality/rules': { items: [OWN_RULE] },
  });
  await show(<EnterpriseQualityPanel enterprise={idOf(7)} />, 'zh-CN', {
    me: me(),
    dictionaries: DICTIONARIES,
  });
  expect(await screen.findByText('各来源的数据质量 · 用电月报')).toBeTruthy();
  expect(screen.getByText('通过全部检查')).toBeTruthy();
  const line = (await screen.findByText(OWN_RULE.name.zh)).closest('tr');
  expect(line?.textContent).toContain('从业人数');
  expect(line?.textContent).toContain('>= 1');
});
