import { cleanup, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../lib/api-error.ts';
import { show } from '../testing/render.tsx';
import { DataState, type QueryState, SKELETON_DELAY_MS } from './data-state.tsx';

afterEach(cleanup);

const refused = new ApiError({
  status: 503,
  code: 'ENGINE_UNAVAILABLE',
  message: '存储引擎暂不可用',
  hint: '稍后重试',
  requestId: 'req-42',
});
const query = (state: Partial<QueryState<string[]>>): QueryState<string[]> => ({
  data: undefined,
  error: null,
  isFetching: false,
  dataUpdatedAt: Date.now(),
  refetch: () => undefined,
  ...state,
});
const list = (state: Partial<QueryState<string[]>>, filtered?: { active: boolean; clear: () => void }) => (
  <DataState
    query={query(state)}
    isEmpty={(items) => items.length === 0}
    empty={{ title: '还没有数据源', text: '登记一个', action: <button type="button">登记数据源</button> }}
    {...(filtered ? { filtered } : {})}
  >
    {(items) => <p>{items.join('、')}</p>}
  </DataState>
);

describe('DataState', () => {
  it('shows nothing but a hidden word while loading is quick, and bars when it is not', async () => {
    const { container } = await show(list({}));
    expect(screen.getByRole('status').textContent).toBe('正在加载');
    expect(container.querySelectorAll('.skeleton > div')).toHaveLength(0);
    await vi.waitFor(() => expect(container.querySelectorAll('.skeleton > div').length).toBeGreaterThan(0), {
      timeout: SKELETON_DELAY_MS * 10,
    });
  });

  it('says in plain words what failed, with the request id, and tries again', async () => {
    const refetch = vi.fn();
    await show(list({ error: refused, refetch }));
    const alert = screen.getByRole('alert');
    for (const text of ['存储引擎暂不可用', '稍后重试', 'req-42']) expect(alert.textContent).toContain(text);
    await userEvent.click(screen.getByRole('button', { name: '重试' }));
    expect(refetch).toHaveBeenCalledOnce();
  });

  it('keeps the last good data when an update fails, and tells how old it is', async () => {
    await show(list({ data: ['甲'], error: refused, dataUpdatedAt: Date.now() - 120_000 }));
    expect(screen.getByText('甲')).toBeTruthy();
    expect(screen.getByRole('status').textContent).toContain('2分钟前');
  });

  it('explains an empty list and offers the first step', async () => {
    await show(list({ data: [] }));
    expect(screen.getByText('还没有数据源')).toBeTruthy();
    expect(screen.getByRole('button', { name: '登记数据源' })).toBeTruthy();
  });

  it('offers to clear the filters when they leave nothing', async () => {
    const clear = vi.fn();
    await show(list({ data: [] }, { active: true, clear }), 'en');
    expect(screen.queryByText('还没有数据源')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Clear filters' }));
    expect(clear).toHaveBeenCalledOnce();
  });
});
