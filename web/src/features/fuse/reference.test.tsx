import type { ReferenceRow } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.tsx';
import { entryOf } from './reference-fields.ts';
import { ReferenceForm } from './reference-form.tsx';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const medium: ReferenceRow = {
  key: 'medium',
  value: { size: 'medium', employeesMin: 300, revenueMin: 2_000 },
};
const form = (row: ReferenceRow | null) => (
  <ReferenceForm set="sizes" setName="企业规模划分" base={4} row={row} onClose={() => {}} />
);

/** Answers every call with this, and keeps what was sent. */
function answerWith(status: number, body: unknown) {
  const sent: { url: string; body: unknown }[] = [];
  vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => {
    sent.push({ url: String(url), body: JSON.parse(String(init?.body ?? 'null')) });
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
  });
  return sent;
}

describe('what the form sends', () => {
  it('is an entry with null for what was left empty', () => {
    expect(entryOf('divisions', { code: '360199', name: '某区', since: undefined, successor: '' })).toEqual({
      code: '360199',
      name: '某区',
      since: null,
      until: null,
      successor: null,
    });
    expect(entryOf('key-industries', { prefix: '39', industry: 'electronics', scope: 'core' })).toMatchObject(
      { note: '' },
    );
  });

  it('goes to the version it was made from, with its grounds', async () => {
    const sent = answerWith(201, { version: 5 });
    await show(form(medium));
    fireEvent.change(screen.getByLabelText('从业人员下限（人）'), { target: { value: '400' } });
    fireEvent.click(screen.getByText('保存为新版本'));
    expect(await screen.findByText('请填写此项')).toBeTruthy();
    expect(sent).toEqual([]);
    fireEvent.change(screen.getByLabelText('依据'), { target: { value: '新办法' } });
    fireEvent.click(screen.getByText('保存为新版本'));
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]?.url).toContain('/api/fuse/reference/sizes/versions');
    expect(sent[0]?.body).toEqual({
      base: 4,
      source: '新办法',
      note: '',
      put: [{ size: 'medium', employeesMin: 400, revenueMin: 2_000 }],
    });
  });

  it('shows what the platform refuses, line by line', async () => {
    answerWith(400, {
      error: {
        code: 'REQUEST_INVALID',
        message: '请求内容不符合要求',
        hint: '按 details 中的逐项说明修改后重试',
        requestId: 'r',
        details: [{ path: 'medium', message: '下限低于较小规模' }],
      },
    });
    await show(form(medium));
    fireEvent.change(screen.getByLabelText('依据'), { target: { value: '新办法' } });
    fireEvent.click(screen.getByText('保存为新版本'));
    expect(await screen.findByText(/下限低于较小规模/)).toBeTruthy();
  });
});
