import type { GoldenValue } from '@ronghe/contracts';
import { cleanup, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { show } from '../../testing/render.tsx';
import { Provenance } from './provenance.tsx';

afterEach(cleanup);

const other = (value: string, sourceName: string) => ({
  value,
  source: '0197a000-0000-7000-8000-000000000002',
  sourceName,
  rowKey: 'JX00011|2026-10',
  reason: { zh: '来源优先级较低', en: 'Its source ranks lower' },
});
const golden: GoldenValue = {
  attribute: 'division',
  value: '360681',
  label: '鹰潭市贵溪市',
  source: '0197a000-0000-7000-8000-000000000001',
  sourceName: '园区平台',
  run: '0197b000-0000-7000-8000-000000000001',
  rowKey: 'JX00011',
  field: 'xzqhdm',
  raw: '３６０６８１',
  rule: 'priority',
  ruleText: { zh: '来源优先级高的优先', en: 'The source that ranks higher wins' },
  pin: null,
  conflict: false,
  at: '2026-11-22T10:00:00.000Z',
  others: [other('360602', '运行监测'), other('360681', '运行监测')],
};

describe('the provenance of a value', () => {
  it('names source, field, row, what the source wrote, the rule and the moment', async () => {
    await show(<Provenance golden={golden} />);
    for (const text of [
      '园区平台',
      'xzqhdm',
      '３６０６８１',
      'priority',
      '来源优先级高的优先',
      '2026-11-22 18:00:00',
    ]) {
      expect(screen.getAllByText(text).length).toBeGreaterThan(0);
    }
    expect(screen.getByText('鹰潭市贵溪市（360681）')).toBeTruthy();
  });

  it('lists who lost and why, and does not strike out who agrees', async () => {
    await show(<Provenance golden={golden} />, 'en');
    const [loser, agreeing] = within(
      screen.getByRole('region', { name: 'What other sources say' }),
    ).getAllByRole('listitem');
    expect(loser?.textContent).toContain('Its source ranks lower');
    expect(loser?.querySelector('.loser-value')?.textContent).toBe('360602');
    expect(agreeing?.querySelector('.loser-value')).toBeNull();
  });

  it('says so when no other source knows the attribute', async () => {
    await show(<Provenance golden={{ ...golden, others: [] }} />);
    expect(screen.getByText('没有其他来源提供这一项')).toBeTruthy();
  });
});
