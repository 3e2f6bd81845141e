import { DownloadOutlined } from '@ant-design/icons';
import type { IssueState, QualityIssue } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button, Drawer, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Facts } from '../../../components/figures.tsx';
import { Tag } from '../../../components/tags.tsx';
import { getFile } from '../../../lib/api.ts';
import { download } from '../../../lib/download.ts';
import { useSend } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { spreadErrors } from '../field-errors.ts';
import { Refusal } from '../refusal.tsx';
import { useNotify } from '../use-notify.ts';
import { Breaches } from './breaches-drawer.tsx';
import { ISSUE_STATES, ISSUE_TONES } from './issue-states.ts';
import '../form.css';
import './quality.css';

type IssueDrawerProps = { issue: QualityIssue | null; onClose: () => void };

/** One issue: what is wrong and what to do, the rows for the owner as a workbook, how it went, and what is next. */
export function IssueDrawer({ issue, onClose }: IssueDrawerProps) {
  const pick = usePick();
  return (
    <Drawer
      open={issue !== null}
      onClose={onClose}
      size={760}
      title={issue ? `#${issue.number} ${pick(issue.name)}` : ''}
      destroyOnHidden
    >
      {issue && <Issue issue={issue} />}
    </Drawer>
  );
}

function Issue({ issue }: { issue: QualityIssue }) {
  const { t } = useTranslation();
  const can = useCan();
  const pick = usePick();
  const format = useFormat();
  return (
    <div className="stack">
      <div className="row spread">
        <Tag tone={ISSUE_TONES[issue.state]}>{t(`board.states.${issue.state}`)}</Tag>
        <Workbook issue={issue} />
      </div>
      <p>
        <strong>{t('board.remedy')}</strong> {pick(issue.remedy)}
      </p>
      <Facts
        items={[
          { label: t('fuse.runs.source'), value: issue.sourceName },
          { label: t('fuse.sources.owner'), value: issue.owner },
          { label: t('board.rule'), value: <code>{issue.rule}</code> },
          { label: t('board.rows'), value: format.number(issue.rows, 0) },
          { label: t('board.openedAt'), value: format.dateTime(issue.openedAt) },
          { label: t('board.dueAt'), value: format.dateTime(issue.dueAt) },
          {
            label: t('board.lastRun'),
            value: (
              <Link to="/fuse/runs/$id" params={{ id: issue.lastRun }}>
                {format.dateTime(issue.changedAt)}
              </Link>
            ),
          },
        ]}
      />
      {can('fuse:quality:write') && <Change key={issue.changedAt} issue={issue} />}
      <section>
        <h3>{t('board.notes')}</h3>
        <ol className="note-list">
          {issue.notes.length === 0 && <li className="faint">{t('board.noNotes')}</li>}
          {[...issue.notes].reverse().map((note) => (
            <li key={`${note.at} ${note.text}`}>
              <div className="row">
                <Tag tone={ISSUE_TONES[note.state]}>{t(`board.states.${note.state}`)}</Tag>
                <span className="faint">
                  {note.by} · {format.dateTime(note.at)}
                </span>
              </div>
              <p>{note.text}</p>
            </li>
          ))}
        </ol>
      </section>
      <section>
        <h3>{t('board.breaches')}</h3>
        <Breaches source={issue.source} rule={issue.rule} />
      </section>
    </div>
  );
}

function Workbook({ issue }: { issue: QualityIssue }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const { blob, name } = await getFile(`/api/fuse/quality/issues/${issue.id}/workbook`);
      download(blob, name ?? `issue-${issue.number}.xlsx`);
    } catch (error) {
      notify.failed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon={<DownloadOutlined />} loading={busy} onClick={() => void save()}>
      {t('board.workbook')}
    </Button>
  );
}

/** What a person usually does next. */
const NEXT: Readonly<Record<IssueState, IssueState>> = {
  open: 'sent',
  sent: 'answered',
  answered: 'resolved',
  resolved: 'open',
  accepted: 'open',
};
type Values = { state: IssueState; text: string; due?: string };

function Change({ issue }: { issue: QualityIssue }) {
  const { t } = useTranslation();
  const notify = useNotify();
  const format = useFormat();
  const [form] = Form.useForm<Values>();
  const [left, setLeft] = useState<string[]>();
  const send = useSend<QualityIssue>(['/api/fuse/quality']);
  const submit = async ({ state, text, due }: Values) => {
    // The end of the day that was named, in Beijing.
    const dueAt = due ? new Date(`${due}T23:59:59+08:00`).toISOString() : null;
    try {
      await send.mutateAsync({
        method: 'POST',
        path: `/api/fuse/quality/issues/${issue.id}`,
        body: { state, text, dueAt },
      });
      notify.done(t('action.saved'));
    } catch (error) {
      setLeft(spreadErrors(error, form));
    }
  };
  return (
    <Form
      form={form}
      layout="vertical"
      className="issue-change"
      initialValues={{
        state: NEXT[issue.state],
        text: '',
        due: issue.dueAt === null ? '' : format.date(issue.dueAt),
      }}
      onFinish={(values: Values) => void submit(values)}
    >
      {send.error && <Refusal error={send.error} details={left} />}
      <div className="form-grid">
        <Form.Item name="state" label={t('board.nextState')}>
          <Select options={ISSUE_STATES.map((value) => ({ value, label: t(`board.states.${value}`) }))} />
        </Form.Item>
        <Form.Item name="due" label={t('board.dueAt')}>
          <Input type="date" />
        </Form.Item>
      </div>
      <Form.Item name="text" label={t('board.note')} rules={[{ required: true, message: t('required') }]}>
        <Input.TextArea rows={2} maxLength={2_000} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={send.isPending}>
        {t('board.change')}
      </Button>
    </Form>
  );
}
