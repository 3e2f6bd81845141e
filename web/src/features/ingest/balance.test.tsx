import type { IngestStats } from '@ronghe/contracts';
import { cleanup, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';
import { show } from '../../testing/render.tsx';
import { Balance } from './balance.tsx';

afterEach(cleanup);

const stats: IngestStats = {
  received: 1_234_567,
  stored: 1_234_000,
  duplicate: 560,
  rejected: 7,
  late: 1_234,
  startedAt: '2026-11-22T01:00:00.000Z',
  sinceStart: { received: 12, stored: 10, duplicate: 2, rejected: 0, late: 1 },
};
const terms = () => screen.getAllByRole('definition').map((term) => term.textContent ?? '');

describe('the balance of samples', () => {
  it('shows every term to the last sample, so that the sum can be checked by eye', async () => {
    await show(<Balance stats={stats} />);
    const [received = '', stored = '', duplicate = '', rejected = ''] = terms();
    const number = (text: string) => Number(/^[\d,]+/.exec(text)?.[0].replaceAll(',', ''));
    expect(number(received)).toBe(number(stored) + number(duplicate) + number(rejected));
    expect(stored).toContain('其中迟到 1,234（占 0.1%）');
  });

  it('tells of the time since the start when asked', async () => {
    await show(<Balance stats={stats} />, 'en');
    await userEvent.click(screen.getByText('Since the last start'));
    expect(terms().map((text) => text[0])).toEqual(['1', '1', '2', '0']);
    expect(terms()[1]).toContain('1 of them late (10%)');
  });

  it('says what to do when nothing has come in yet', async () => {
    const none = { received: 0, stored: 0, duplicate: 0, rejected: 0, late: 0 };
    await show(<Balance stats={{ ...stats, ...none, sinceStart: none }} />);
    expect(screen.getByRole('status').textContent).toContain('如何接入');
  });
});
